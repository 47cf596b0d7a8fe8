-- Rows that a finding may be about, with their day and their money: what findings are a share of.
with finding_rows as (
    select
        'orders' as table_name,
        order_id as key,
        placed_at as happened_at,
        placed_date as happened_date,
        cast(gross_amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('orders') }}
    union all
    select
        'payments' as table_name,
        payment_id as key,
        moved_at as happened_at,
        moved_date as happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('payments') }}
    union all
    select
        'refunds' as table_name,
        refund_id as key,
        refunded_at as happened_at,
        refunded_date as happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('refunds') }}
    union all
    select
        'charges' as table_name,
        charge_id as key,
        charged_at as happened_at,
        charged_date as happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('charges') }}
    union all
    select
        'charge_refunds' as table_name,
        charge_refund_id as key,
        refunded_at as happened_at,
        refunded_date as happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('charge_refunds') }}
    union all
    select
        'disputes' as table_name,
        dispute_id as key,
        disputed_at as happened_at,
        disputed_date as happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('disputes') }}
    union all
    select
        'ad_spend' as table_name,
        ad_spend_id as key,
        cast(spend_date as timestamp) as happened_at,
        spend_date as happened_date,
        cast(cost_amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('ad_spend') }}
    union all
    select
        'tickets' as table_name,
        ticket_id as key,
        opened_at as happened_at,
        opened_date as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('tickets') }}
    union all
    select
        'privacy_requests' as table_name,
        privacy_request_id as key,
        received_at as happened_at,
        cast(received_at as date) as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('privacy_requests') }}
    union all
    select
        'messages' as table_name,
        message_event_id as key,
        occurred_at as happened_at,
        occurred_date as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('messages') }}
    where occurred_date > {{ as_of_date() }} - 28
    union all
    select
        'order_lines' as table_name,
        lines.order_line_id as key,
        orders.placed_at as happened_at,
        orders.placed_date as happened_date,
        cast(lines.gross_amount as decimal(18, 3)) as amount,
        lines.currency_code
    from {{ ref('order_lines') }} as lines
    left join {{ ref('orders') }} as orders on lines.order_id = orders.order_id
    -- Lines are many, and no rule but of the last weeks counts them.
    where coalesce(orders.placed_date, {{ as_of_date() }}) > {{ as_of_date() }} - 28
    union all
    select distinct
        'consent_decisions' as table_name,
        consent_record_id as key,
        decided_at as happened_at,
        cast(decided_at as date) as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('consent_decisions') }}
)

select * from finding_rows

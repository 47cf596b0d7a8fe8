-- Words, amounts, days and references in single rows that cannot be right. What such a row counts
-- for meanwhile is said beside each rule.
with currencies as (
    select currency_code
    from {{ ref('currencies') }}
),

dated_rows as (
    select * from {{ ref('finding_rows') }}
),

-- It counts as it stands.
below_nothing as (
    select
        'amount_below_nothing' as rule,
        table_name,
        key,
        happened_date,
        amount,
        currency_code
    from dated_rows
    where amount < 0 and table_name <> 'order_lines'
),

-- A provider tells minor units: without the currency it is no amount, and in no sum.
unknown_currency as (
    select
        'unknown_currency' as rule,
        table_name,
        key,
        happened_date,
        amount,
        currency_code
    from dated_rows
    where
        currency_code is null and amount <> 0
        or currency_code not in (select currency_code from currencies)
),

-- It is in no day's figures until its day has come.
in_the_future as (
    select
        'day_in_the_future' as rule,
        table_name,
        key,
        happened_date,
        amount,
        currency_code
    from dated_rows
    where happened_at > {{ as_of() }} + interval 1 day
),

-- It is no money.
unknown_movements as (
    select
        'unknown_kind_of_movement' as rule,
        'payments' as table_name,
        payment_id as key,
        moved_date as happened_date,
        amount,
        currency_code
    from {{ ref('payments') }}
    where
        movement = 'unknown'
        or status not in ('success', 'failure', 'pending', 'error')
),

-- The money is withdrawn until the dispute is won.
unknown_outcomes as (
    select
        'unknown_dispute_status' as rule,
        'disputes' as table_name,
        dispute_id as key,
        disputed_date as happened_date,
        amount,
        currency_code
    from {{ ref('disputes') }}
    where
        outcome = 'open'
        and status not in ('needs_response', 'under_review')
),

-- It is no message. A kind that nobody named may be an unsubscription.
unknown_events as (
    select
        'unknown_kind_of_event' as rule,
        'messages' as table_name,
        events.event_id as key,
        {{ local_date('events.occurred_at') }} as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('stg_klaviyo__events') }} as events
    left join {{ ref('stg_klaviyo__metrics') }} as metrics
        on events.metric_id = metrics.metric_id
    where metrics.metric_id is null
),

-- Its days may stand in other rows: it is in no spend.
of_several_days as (
    select
        'spend_of_several_days' as rule,
        'ad_spend' as table_name,
        summary_id as key,
        spend_date as happened_date,
        cast(cost_amount as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('stg_meta_ads__summaries') }}
),

-- It is kept with its order and is in no sum of money.
lines_without_amount as (
    select
        'line_without_amount' as rule,
        'order_lines' as table_name,
        order_line_id as key,
        cast(null as date) as happened_date,
        cast(null as decimal(18, 3)) as amount,
        currency_code
    from {{ ref('order_lines') }}
    where quantity is null or unit_amount is null
),

children as (
    select
        'order_lines' as table_name,
        order_line_id as key,
        order_id,
        cast(null as date) as happened_date,
        gross_amount as amount,
        currency_code
    from {{ ref('order_lines') }}
    union all
    select
        'payments' as table_name,
        payment_id as key,
        order_id,
        moved_date as happened_date,
        amount,
        currency_code
    from {{ ref('payments') }}
    union all
    select
        'refunds' as table_name,
        refund_id as key,
        order_id,
        refunded_date as happened_date,
        amount,
        currency_code
    from {{ ref('refunds') }}
    union all
    -- A dispute that names a charge is that charge's.
    select
        'disputes' as table_name,
        dispute_id as key,
        order_id,
        disputed_date as happened_date,
        amount,
        currency_code
    from {{ ref('disputes') }}
    where charge_id is null
),

-- It is kept, and in no order's money.
of_no_order as (
    select
        'order_not_delivered' as rule,
        children.table_name,
        children.key,
        children.happened_date,
        children.amount,
        children.currency_code
    from children
    left join {{ ref('orders') }} as orders on children.order_id = orders.order_id
    where orders.order_id is null
),

-- It is kept, and takes no order's money.
of_no_charge as (
    select
        'charge_not_delivered' as rule,
        'disputes' as table_name,
        disputes.dispute_id as key,
        disputes.disputed_date as happened_date,
        disputes.amount,
        disputes.currency_code
    from {{ ref('disputes') }} as disputes
    left join {{ ref('charges') }} as charges on disputes.charge_id = charges.charge_id
    where disputes.charge_id is not null and charges.charge_id is null
),

-- It counts as a no.
unknown_states as (
    select distinct
        'unknown_consent_state' as rule,
        'consent_decisions' as table_name,
        consent_record_id as key,
        cast(decided_at as date) as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('consent_decisions') }}
    where
        state not in ('granted', 'withdrawn')
        or contact_point_type not in ('email', 'phone')
),

-- Nobody acts on it by himself: somebody has to look.
unknown_requests as (
    select
        'unknown_request' as rule,
        'privacy_requests' as table_name,
        privacy_request_id as key,
        cast(received_at as date) as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('privacy_requests') }}
    where
        request_kind not in (
            'access', 'portability', 'rectification', 'restriction', 'objection', 'erasure'
        )
        or status not in ('received', 'verified', 'completed', 'refused', 'withdrawn')
),

-- It waits for an answer as an open one does.
unknown_tickets as (
    select
        'unknown_ticket_status' as rule,
        'tickets' as table_name,
        ticket_id as key,
        opened_date as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('tickets') }}
    where
        status not in ('new', 'open', 'pending', 'hold', 'solved', 'closed', 'deleted')
),

found as (
    select * from below_nothing
    union all
    select * from unknown_currency
    union all
    select * from in_the_future
    union all
    select * from unknown_movements
    union all
    select * from unknown_outcomes
    union all
    select * from unknown_events
    union all
    select * from of_several_days
    union all
    select * from lines_without_amount
    union all
    select * from of_no_order
    union all
    select * from of_no_charge
    union all
    select * from unknown_states
    union all
    select * from unknown_requests
    union all
    select * from unknown_tickets
),

value_findings as (
    select
        rule,
        table_name,
        key,
        happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from found
)

select * from value_findings

-- A customer's story in order of time, from the first visit to the last refund. Texts of
-- people stay where they are: reference_id leads there.

{#- Touch, where it is from, its id, its source, when it was, what is said of it, its
    amount, and which rows count. -#}
{% set touches = [
    ('visit', ref('touchpoints'), 'session_id', "'web'", 'started_at', 'channel',
     none, 'true'),
    ('became_contact', 'records', 'record_kind', 'source_name', 'first_seen_at',
     'record_kind', none, "touch = 'became_contact'"),
    ('signed_up', 'records', 'record_kind', 'source_name', 'first_seen_at',
     'record_kind', none, "touch = 'signed_up'"),
    ('checkout_left', ref('checkouts'), 'checkout_id',
     "split_part(checkout_id, ':', 1)", 'last_active_at', "'not completed'",
     'total_amount', 'not is_completed'),
    ('order', ref('orders'), 'order_id', 'source_name', 'placed_at',
     'financial_status', 'gross_amount', 'not is_test'),
    ('refund', 'refunds', 'refund_id', 'source_name', 'refunded_at', 'order_id',
     '-amount', 'true'),
    ('dispute', ref('disputes'), 'dispute_id', 'source_name', 'disputed_at',
     'outcome', '-lost_amount', 'is_live'),
    ('ticket', ref('tickets'), 'ticket_id', 'source_name', 'opened_at',
     'ticket_type', none, 'true'),
    ('ticket_solved', ref('tickets'), 'ticket_id', 'source_name', 'solved_at',
     'status', none, 'solved_at is not null'),
    ('rating', ref('tickets'), 'ticket_id', 'source_name', 'rated_at',
     "case when is_rated_good then 'good' else 'bad' end", none,
     'rated_at is not null'),
    ('message', ref('messages'), 'message_event_id', 'source_name', 'occurred_at',
     "channel || ' ' || message_event", none, 'true'),
    ('consent', 'decisions', 'consent_record_id', 'collected_by', 'decided_at',
     "state || ' ' || purpose || ' ' || channel", none, 'true'),
    ('deal', ref('deals'), 'deal_id', 'source_name', 'opened_at', 'outcome',
     'amount', 'true'),
    ('privacy_request', ref('privacy_requests'), 'privacy_request_id',
     'received_by', 'received_at', 'request_kind', none, 'true'),
] %}

with refunds as (
    select
        refunds.*,
        orders.customer_id
    from {{ ref('refunds') }} as refunds
    inner join {{ ref('orders') }} as orders on refunds.order_id = orders.order_id
    where not orders.is_test
),

-- The first record of its kind: an account at the shop, a contact of a CRM.
records as (
    select
        statements.customer_id,
        statements.record_kind,
        record_kinds.touch,
        min(statements.source_name) as source_name,
        min(statements.first_seen_at) as first_seen_at
    from {{ ref('customer_statements') }} as statements
    inner join {{ source('declared', 'record_kinds') }} as record_kinds
        on statements.record_kind = record_kinds.record_kind
    where record_kinds.touch is not null
    group by statements.customer_id, statements.record_kind, record_kinds.touch
),

-- Whoever has the contact point is who decided about it.
holders as (
    select distinct
        customer_id,
        identifier_type,
        identifier_value
    from {{ ref('customer_identifiers') }}
    where identifier_type in ('email', 'phone')
),

decisions as (
    select
        holders.customer_id,
        decisions.*
    from {{ ref('consent_decisions') }} as decisions
    inner join holders
        on
            decisions.contact_point_type = holders.identifier_type
            and decisions.contact_point = holders.identifier_value
),

touches as (
    {% for touch, relation, id, source, at, detail, amount, rows in touches %}
        select
            customer_id,
            '{{ touch }}' as touch_type,
            {{ at }} as occurred_at,
            {{ source }} as source_name,
            {{ detail }} as detail,
            cast({{ amount or 'null' }} as decimal(18, 3)) as amount,
            {{ 'currency_code' if amount else 'cast(null as varchar)' }}
                as currency_code,
            {{ id }} as reference_id
        from {{ relation }}
        where customer_id is not null and {{ rows }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

customer_timeline as (
    select
        customer_id,
        cast(
            row_number() over (
                partition by customer_id
                order by occurred_at, touch_type, reference_id, detail
            ) as integer
        ) as touch_number,
        touch_type,
        occurred_at,
        {{ local_date('occurred_at') }} as occurred_date,
        source_name,
        detail,
        amount,
        currency_code,
        reference_id
    from touches
)

select * from customer_timeline

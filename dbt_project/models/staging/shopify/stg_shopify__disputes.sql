-- Disputes of what Shopify Payments took. Shopify names the order, and no charge.
with latest as (
    {{ latest_version(source('raw', 'shopify_disputes'), ['id']) }}
),

disputes as (
    select
        _source as source_name,
        _prefix || id as dispute_id,
        cast(null as varchar) as charge_id,
        _source || ':' || order_id as order_id,
        lower(trim(status)) as status,
        coalesce(lower(trim(type)) = 'inquiry', false) as is_inquiry,
        reason,
        amount,
        upper(trim(currency)) as currency_code,
        true as is_live,
        evidence_sent_on is not null as is_answered,
        evidence_due_by as answer_due_at,
        initiated_at as created_at
    from latest
)

select * from disputes

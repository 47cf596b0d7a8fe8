with latest as (
    {{ latest_version(source('raw', 'shopify_refunds'), ['id']) }}
),

movements as (
    select
        _source,
        id as shopify_refund_id,
        {{ json_records('transactions', {
            'kind': 'varchar',
            'status': 'varchar',
            'amount': 'decimal(18, 3)',
            'currency': 'varchar',
        }) }} as movement
    from latest
),

amounts as (
    select
        _source,
        shopify_refund_id,
        sum(movement.amount) as amount,
        max(upper(trim(movement.currency))) as currency_code
    from movements
    where movement.kind = 'refund' and movement.status = 'success'
    group by _source, shopify_refund_id
),

refunds as (
    select
        latest._source as source_name,
        latest._source || ':' || latest.id as refund_id,
        latest._source || ':' || latest.order_id as order_id,
        cast(coalesce(amounts.amount, 0) as decimal(18, 3)) as amount,
        amounts.currency_code,
        latest.created_at as refunded_at
    from latest
    left join amounts
        on
            latest._source = amounts._source
            and latest.id = amounts.shopify_refund_id
)

select * from refunds

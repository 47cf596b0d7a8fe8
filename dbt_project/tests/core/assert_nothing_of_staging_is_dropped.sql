-- Rows and money of staging = of core, table by table.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

with staged as (
    select
        'orders' as table_name,
        count(*) as rows_count,
        sum(gross_amount) as amount
    from (
        {{ union_relations(
            [ref('stg_shopify__orders'), ref('stg_cdnow__orders')], ['gross_amount']
        ) }}
    ) as staged_orders
    union all
    select
        'order_lines' as table_name,
        count(*) as rows_count,
        sum(unit_amount * quantity) as amount
    from (
        {{ union_relations(
            [ref('stg_shopify__order_lines'), ref('stg_cdnow__order_lines')],
            ['unit_amount', 'quantity'],
        ) }}
    ) as staged_lines
    union all
    select
        'payments' as table_name,
        count(*) as rows_count,
        sum(amount) as amount
    from (
        {{ union_relations(
            [ref('stg_shopify__transactions'), ref('stg_cdnow__payments')], ['amount']
        ) }}
    ) as staged_payments
    union all
    select
        'refunds' as table_name,
        count(*) as rows_count,
        sum(amount) as amount
    from {{ ref('stg_shopify__refunds') }}
    union all
    select
        'charges' as table_name,
        count(*) as rows_count,
        sum(captured_amount) as amount
    from {{ ref('stg_stripe__charges') }}
    union all
    select
        'checkouts' as table_name,
        count(*) as rows_count,
        sum(total_amount) as amount
    from {{ ref('stg_shopify__checkouts') }}
    union all
    select
        'ad_spend' as table_name,
        count(*) as rows_count,
        sum(cost_amount) as amount
    from {{ ref('stg_google_ads__campaign_days') }}
    union all
    select
        'sessions' as table_name,
        count(*) as rows_count,
        0 as amount
    from {{ ref('stg_web__events') }}
    where anonymous_id is not null or user_id is not null
),

built as (
    select
        'orders' as table_name,
        count(*) as rows_count,
        sum(gross_amount) as amount
    from {{ ref('orders') }}
    union all
    select
        'order_lines' as table_name,
        count(*) as rows_count,
        sum(gross_amount) as amount
    from {{ ref('order_lines') }}
    union all
    select
        'payments' as table_name,
        count(*) as rows_count,
        sum(amount) as amount
    from {{ ref('payments') }}
    union all
    select
        'refunds' as table_name,
        count(*) as rows_count,
        sum(amount) as amount
    from {{ ref('refunds') }}
    union all
    select
        'charges' as table_name,
        count(*) as rows_count,
        sum(captured_amount) as amount
    from {{ ref('charges') }}
    union all
    select
        'checkouts' as table_name,
        count(*) as rows_count,
        sum(total_amount) as amount
    from {{ ref('checkouts') }}
    union all
    select
        'ad_spend' as table_name,
        count(*) as rows_count,
        sum(cost_amount) as amount
    from {{ ref('ad_spend') }}
    union all
    select
        'sessions' as table_name,
        coalesce(sum(events_count), 0) as rows_count,
        0 as amount
    from {{ ref('sessions') }}
)

select
    staged.table_name,
    staged.rows_count as staged_rows_count,
    built.rows_count as built_rows_count,
    staged.amount as staged_amount,
    built.amount as built_amount
from staged
inner join built on staged.table_name = built.table_name
where
    staged.rows_count <> built.rows_count
    or coalesce(staged.amount, 0) <> coalesce(built.amount, 0)

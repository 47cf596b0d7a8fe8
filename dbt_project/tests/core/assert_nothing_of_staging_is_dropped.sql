-- Rows and money of staging = of core, table by table.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

{#- Table of core → the staging models behind it, and the amount there and here. -#}
{% set tables = {
    'orders': (
        [
            ref('stg_shopify__orders'),
            ref('stg_cdnow__orders'),
            ref('stg_online_retail__orders'),
        ],
        'gross_amount',
        'gross_amount',
    ),
    'order_lines': (
        [
            ref('stg_shopify__order_lines'),
            ref('stg_cdnow__order_lines'),
            ref('stg_online_retail__order_lines'),
        ],
        'quantity * unit_amount',
        'gross_amount',
    ),
    'payments': (
        [
            ref('stg_shopify__transactions'),
            ref('stg_cdnow__payments'),
            ref('stg_online_retail__payments'),
        ],
        'amount',
        'amount',
    ),
    'refunds': (
        [ref('stg_shopify__refunds'), ref('stg_online_retail__refunds')],
        'amount',
        'amount',
    ),
    'ledger_lines': ([ref('stg_online_retail__ledger_lines')], 'amount', 'amount'),
    'charges': ([ref('stg_stripe__charges')], 'captured_amount', 'captured_amount'),
    'charge_refunds': ([ref('stg_stripe__refunds')], 'amount', 'amount'),
    'disputes': ([ref('stg_stripe__disputes')], 'amount', 'amount'),
    'checkouts': ([ref('stg_shopify__checkouts')], 'total_amount', 'total_amount'),
    'products': ([ref('stg_shopify__products')], '0', '0'),
    'product_variants': ([ref('stg_shopify__variants')], 'price_amount', 'price_amount'),
    'deals': ([ref('stg_hubspot__deals')], 'amount', 'amount'),
    'tickets': ([ref('stg_zendesk__tickets')], '0', '0'),
    'privacy_requests': ([ref('stg_privacy__requests')], '0', '0'),
    'ad_spend': (
        [ref('stg_google_ads__campaign_days'), ref('stg_meta_ads__campaign_days')],
        'cost_amount',
        'cost_amount',
    ),
} %}

with staged as (
    {% for table, (relations, there, here) in tables.items() %}
        select
            '{{ table }}' as table_name,
            count(*) as rows_count,
            sum(amount) as amount
        from (
            {{ union_relations(relations, [there ~ ' as amount']) }}
        ) as staged_{{ table }}
        union all
    {%- endfor %}
    select
        'sessions' as table_name,
        count(*) as rows_count,
        0 as amount
    from {{ ref('stg_web__events') }}
    where anonymous_id is not null or user_id is not null
),

built as (
    {% for table, (relations, there, here) in tables.items() %}
        select
            '{{ table }}' as table_name,
            count(*) as rows_count,
            sum({{ here }}) as amount
        from {{ ref(table) }}
        union all
    {%- endfor %}
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

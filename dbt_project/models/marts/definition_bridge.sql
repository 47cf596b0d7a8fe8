-- From the revenue that this home published by the first definition to that of the present one.
-- Nothing where it never published any: `amount` of all rows but the last is that of the last.
with said_before as (
    select
        cast(calendar_month as date) as calendar_month,
        cast(net_revenue as decimal(18, 2)) as net_revenue,
        as_of
    from {{ source('control', 'month_figures') }}
    where currency_code = {{ reporting_currency() }} and money_definition = 1
    qualify row_number() over (partition by calendar_month order by as_of desc) = 1
),

published as (
    select sum(net_revenue) as net_revenue
    from said_before
    having count(*) > 0
),

totals as (
    select
        coalesce(sum(first_revenue), 0) as first_revenue,
        coalesce(sum(gift_cards_spent), 0) as gift_cards_spent,
        coalesce(sum(change_given), 0) as change_given,
        coalesce(sum(other_currencies), 0) as other_currencies,
        coalesce(sum(disputes), 0) as disputes,
        coalesce(sum(gift_cards_sold), 0) as gift_cards_sold,
        coalesce(sum(tax), 0) as tax,
        coalesce(sum(tips), 0) as tips,
        coalesce(sum(duties), 0) as duties,
        coalesce(sum(rest), 0) as rest,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('definition_differences') }}
),

steps as (
    select 1 as step_number, 'published by the first definition' as step, net_revenue as amount
    from published
    union all
    select 2, 'orders that came or changed since', totals.first_revenue - published.net_revenue
    from totals cross join published
    union all
    select 3, 'paid by gift card', gift_cards_spent from totals
    union all
    select 4, 'change given back', change_given from totals
    union all
    select 5, 'money in other currencies', other_currencies from totals
    union all
    select 6, 'disputes found by their payments', disputes from totals
    union all
    select 7, 'gift cards sold', gift_cards_sold from totals
    union all
    select 8, 'tax', tax from totals
    union all
    select 9, 'tips', tips from totals
    union all
    select 10, 'duties', duties from totals
    union all
    select 11, 'roundings and the rest', rest from totals
    union all
    select 12, 'net revenue', net_revenue from totals
),

definition_bridge as (
    select
        cast(steps.step_number as integer) as step_number,
        steps.step,
        {{ reporting_currency() }} as currency_code,
        cast(steps.amount as decimal(18, 2)) as amount
    from steps
    cross join published
)

select * from definition_bridge

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
    select
        1 as step_number,
        'published by the first definition' as step,
        net_revenue as amount
    from published
    union all
    select
        2 as step_number,
        'orders that came or changed since' as step,
        totals.first_revenue - published.net_revenue as amount
    from totals
    cross join published
    union all
    select
        3 as step_number,
        'paid by gift card' as step,
        gift_cards_spent as amount
    from totals
    union all
    select
        4 as step_number,
        'change given back' as step,
        change_given as amount
    from totals
    union all
    select
        5 as step_number,
        'money in other currencies' as step,
        other_currencies as amount
    from totals
    union all
    select
        6 as step_number,
        'disputes found by their payments' as step,
        disputes as amount
    from totals
    union all
    select
        7 as step_number,
        'gift cards sold' as step,
        gift_cards_sold as amount
    from totals
    union all
    select
        8 as step_number,
        'tax' as step,
        tax as amount
    from totals
    union all
    select
        9 as step_number,
        'tips' as step,
        tips as amount
    from totals
    union all
    select
        10 as step_number,
        'duties' as step,
        duties as amount
    from totals
    union all
    select
        11 as step_number,
        'roundings and the rest' as step,
        rest as amount
    from totals
    union all
    select
        12 as step_number,
        'net revenue' as step,
        net_revenue as amount
    from totals
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

-- Goods of which the cost is known leave what was paid for them less that cost; the
-- others leave the setting's share. Discounts on the order as a whole lower what was paid
-- for all of them alike; tax that stands inside of prices was never the shop's.
with goods as (
    select
        order_id,
        amount as goods_amount
    from {{ ref('order_parts') }}
    where part = 'goods'
),

lines as (
    select
        order_id,
        sum(case when is_gift_card then 0 else net_amount end) as net_amount,
        sum(case when is_cost_known and not is_gift_card then net_amount else 0 end)
            as known_net_amount,
        sum(case when is_cost_known and not is_gift_card then cost_amount else 0 end)
            as known_cost_amount,
        min(case when is_cost_known then 1 else 0 end) = 1 as is_cost_known
    from {{ ref('order_lines') }}
    group by order_id
),

joined as (
    select
        goods.order_id,
        goods.goods_amount,
        lines.net_amount,
        lines.known_net_amount,
        lines.known_cost_amount,
        coalesce(lines.is_cost_known, false) as is_cost_known
    from goods
    left join lines on goods.order_id = lines.order_id
),

order_margins as (
    select
        order_id,
        is_cost_known,
        cast(
            case
                when goods_amount > 0 and net_amount > 0
                    then (
                        known_net_amount
                        + (net_amount - known_net_amount) * {{ gross_margin() }}
                    ) / net_amount - known_cost_amount / goods_amount
                else {{ gross_margin() }}
            end as decimal(18, 4)
        ) as goods_margin_share
    from joined
)

select * from order_margins

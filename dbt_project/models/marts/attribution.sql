-- Whose doing an order was: the customer's visits of the ninety days before it, counted
-- four ways side by side. Money is shared out in whole cents, and those left over go
-- where the most was cut off, so that an order's credits are its revenue exactly.
with orders as (
    select
        order_id,
        customer_id,
        placed_at,
        placed_date,
        net_revenue,
        sign(net_revenue) as direction,
        cast(abs(net_revenue) * 100 as bigint) as cents
    from {{ ref('orders') }}
    where net_revenue <> 0
),

visits as (
    select
        session_id,
        customer_id,
        started_at,
        channel,
        utm_campaign
    from {{ ref('touchpoints') }}
    where customer_id is not null
),

paths as (
    select
        orders.order_id,
        visits.session_id,
        visits.started_at,
        visits.channel,
        visits.utm_campaign,
        row_number() over (
            partition by orders.order_id
            order by visits.started_at, visits.session_id
        ) as touch_number,
        count(*) over (partition by orders.order_id) as touches_count
    from orders
    inner join visits
        on
            orders.customer_id = visits.customer_id
            and orders.placed_at >= visits.started_at
            and orders.placed_at < visits.started_at + interval '90 days'
),

-- An order without a visit has one touch that nobody knows.
touches as (
    select
        orders.*,
        paths.session_id,
        paths.started_at,
        paths.channel,
        paths.utm_campaign,
        coalesce(paths.touch_number, 1) as touch_number,
        coalesce(paths.touches_count, 1) as touches_count
    from orders
    left join paths on orders.order_id = paths.order_id
),

-- 40 % to the first visit, 40 % to the last, 20 % to all between, as whole numbers; two
-- visits have half each.
weighted as (
    select
        *,
        case
            when touches_count > 2 and touch_number in (1, touches_count)
                then 2 * (touches_count - 2)
            else 1
        end as weight,
        case
            when touches_count > 2 then 5 * (touches_count - 2)
            else touches_count
        end as weights
    from touches
),

-- Divided before multiplied: no sum of money is too large for it.
shared as (
    select
        *,
        {{ whole_division('cents', 'weights') }} * weight
        + {{ whole_division('((cents % weights) * weight)', 'weights') }} as share_cents,
        ((cents % weights) * weight) % weights as cut_off
    from weighted
),

ranked as (
    select
        *,
        cents - sum(share_cents) over (partition by order_id) as cents_left_over,
        row_number() over (
            partition by order_id order by cut_off desc, touch_number asc
        ) as cut_off_rank
    from shared
),

attribution as (
    select
        order_id,
        cast(touch_number as integer) as touch_number,
        cast(touches_count as integer) as touches_count,
        customer_id,
        session_id,
        started_at as touched_at,
        coalesce(channel, 'unknown') as channel,
        utm_campaign,
        placed_date,
        {{ reporting_currency() }} as currency_code,
        case when touch_number = 1 then net_revenue else 0 end as first_touch_credit,
        case when touch_number = touches_count then net_revenue else 0 end
            as last_touch_credit,
        cast(
            direction * (
                {{ whole_division('cents', 'touches_count') }}
                + case when touch_number <= cents % touches_count then 1 else 0 end
            ) * 0.01 as decimal(18, 2)
        ) as linear_credit,
        cast(
            direction * (
                share_cents
                + case when cut_off_rank <= cents_left_over then 1 else 0 end
            ) * 0.01 as decimal(18, 2)
        ) as position_based_credit
    from ranked
)

select * from attribution

-- What the shop says Stripe took against what Stripe says it took, order by order. Only what
-- differs is listed; the tie-out assert_stripe_equals_shopify_per_day proves that the list is
-- complete. A charge that is an order of its own is in no shop's books.
with orders as (
    select
        order_id,
        placed_date,
        currency_code as order_currency_code
    from {{ ref('orders') }}
),

shop_side as (
    select
        order_id,
        currency_code,
        sum(
            case when movement = 'refunded' then -amount else amount end
        ) as shop_amount,
        sum(case when movement = 'refunded' then amount else 0 end)
            as shop_refunded_amount,
        min(moved_date) as first_date,
        max(moved_date) as last_date
    from {{ ref('payments') }}
    where gateway = 'stripe' and movement in ('captured', 'refunded')
    group by order_id, currency_code
),

-- A charge that names no order stands for itself.
charged as (
    select
        coalesce(order_id, charge_id) as order_id,
        currency_code,
        sum(captured_amount - refunded_amount) as provider_amount,
        sum(refunded_amount) as charges_refunded_amount,
        min(charged_date) as first_date,
        max(charged_date) as last_date
    from {{ ref('charges') }}
    where is_live and status = 'succeeded' and is_order is not true
    group by coalesce(order_id, charge_id), currency_code
),

given_back as (
    select
        coalesce(order_id, charge_id, charge_refund_id) as order_id,
        currency_code,
        sum(amount) as refunds_amount,
        min(refunded_date) as first_date,
        max(refunded_date) as last_date
    from {{ ref('charge_refunds') }}
    where is_live and is_counted and is_order is not true
    group by coalesce(order_id, charge_id, charge_refund_id), currency_code
),

-- Without refunds of its own, what the charges say of them is all there is.
refunds_delivered as (
    select count(*) > 0 as has_refunds
    from {{ ref('charge_refunds') }}
),

provider_side as (
    select
        coalesce(charged.order_id, given_back.order_id) as order_id,
        coalesce(charged.currency_code, given_back.currency_code) as currency_code,
        coalesce(charged.first_date, given_back.first_date) as first_date,
        greatest(charged.last_date, given_back.last_date) as last_date,
        coalesce(charged.provider_amount, 0) as provider_amount,
        case
            when refunds_delivered.has_refunds
                then coalesce(given_back.refunds_amount, 0)
            else charged.charges_refunded_amount
        end as provider_refunded_amount
    from charged
    full outer join given_back
        on
            charged.order_id = given_back.order_id
            and charged.currency_code = given_back.currency_code
    cross join refunds_delivered
),

-- Without any charge the provider's extracts are switched off: there is nothing to
-- compare with.
provider as (
    select count(*) > 0 as has_charges
    from provider_side
),

compared as (
    select
        coalesce(shop_side.order_id, provider_side.order_id) as order_id,
        coalesce(
            shop_side.currency_code, provider_side.currency_code
        ) as currency_code,
        coalesce(shop_side.first_date, provider_side.first_date) as first_date,
        greatest(shop_side.last_date, provider_side.last_date) as last_date,
        coalesce(shop_side.shop_amount, 0) as shop_amount,
        coalesce(provider_side.provider_amount, 0) as provider_amount,
        coalesce(shop_side.shop_refunded_amount, 0) as shop_refunded_amount,
        coalesce(provider_side.provider_refunded_amount, 0)
            as provider_refunded_amount,
        shop_side.order_id is null as is_missing_in_shop,
        provider_side.order_id is null as is_missing_at_provider
    from shop_side
    full outer join provider_side
        on
            shop_side.order_id = provider_side.order_id
            and shop_side.currency_code = provider_side.currency_code
),

payment_differences as (
    select
        compared.order_id || ':' || compared.currency_code as difference_id,
        compared.order_id,
        coalesce(orders.placed_date, compared.first_date) as difference_date,
        compared.last_date as last_moved_date,
        compared.currency_code,
        cast(compared.shop_amount as decimal(18, 3)) as shop_amount,
        cast(compared.provider_amount as decimal(18, 3)) as provider_amount,
        cast(
            compared.shop_amount - compared.provider_amount as decimal(18, 3)
        ) as difference_amount,
        cast(compared.shop_refunded_amount as decimal(18, 3)) as shop_refunded_amount,
        cast(compared.provider_refunded_amount as decimal(18, 3))
            as provider_refunded_amount,
        case
            when orders.order_id is null then 'no_such_order'
            when orders.order_currency_code <> compared.currency_code
                then 'currency_differs'
            when compared.is_missing_in_shop then 'missing_in_shop'
            when compared.is_missing_at_provider then 'missing_at_provider'
            when compared.shop_amount <> compared.provider_amount
                then 'amount_differs'
            else 'refunds_differ'
        end as reason
    from compared
    cross join provider
    left join orders on compared.order_id = orders.order_id
    where
        provider.has_charges
        and (
            compared.shop_amount <> compared.provider_amount
            or compared.shop_refunded_amount <> compared.provider_refunded_amount
        )
)

select * from payment_differences

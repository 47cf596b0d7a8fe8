-- Every movement of money that counts for an order, in the order's currency. What was moved in the
-- currency that the customer saw is converted by the order's own two totals; in any other, by the
-- rate of the day. Test orders and test movements are in none.
with staged_orders as (
    select
        order_id,
        currency_code,
        gross_amount,
        presentment_currency_code,
        presentment_amount
    from {{ ref('source_orders') }}
    where not is_test
),

disputes as (
    select
        dispute_id,
        charge_id,
        order_id,
        currency_code,
        lost_amount,
        disputed_date
    from {{ ref('disputes') }}
    where is_live
),

-- A charge that is only flagged, with no dispute delivered, counts as lost whole.
flagged_charges as (
    select
        charges.charge_id,
        charges.order_id,
        charges.currency_code,
        charges.captured_amount - charges.refunded_amount as lost_amount,
        charges.charged_date
    from {{ ref('charges') }} as charges
    left join disputes on charges.charge_id = disputes.charge_id
    where charges.is_live and charges.is_disputed and disputes.charge_id is null
),

moved as (
    select
        payment_id as movement_id,
        order_id,
        case when movement = 'captured' then 'captured' else 'change_given' end as kind,
        amount,
        currency_code,
        moved_date
    from {{ ref('payments') }}
    where movement in ('captured', 'change_given')
    union all
    select
        refund_id as movement_id,
        order_id,
        'refunded' as kind,
        amount,
        currency_code,
        refunded_date as moved_date
    from {{ ref('refunds') }}
    where amount <> 0
    union all
    select
        movement_id,
        order_id,
        kind,
        amount,
        currency_code,
        moved_date
    from {{ ref('charge_movements') }}
    union all
    select
        dispute_id as movement_id,
        order_id,
        'disputed' as kind,
        lost_amount as amount,
        currency_code,
        disputed_date as moved_date
    from disputes
    where lost_amount <> 0
    union all
    select
        charge_id as movement_id,
        order_id,
        'disputed' as kind,
        lost_amount as amount,
        currency_code,
        charged_date as moved_date
    from flagged_charges
),

exchange_rates as (
    select
        currency_code,
        rate_date,
        exchange_rate
    from {{ ref('exchange_rates') }}
),

currencies as (
    select
        currency_code,
        minor_units
    from {{ ref('currencies') }}
),

joined as (
    select
        moved.*,
        staged_orders.currency_code as order_currency_code,
        coalesce(currencies.minor_units, 2) as minor_units,
        case
            when moved.currency_code = staged_orders.currency_code then 'same'
            when
                moved.currency_code = staged_orders.presentment_currency_code
                and staged_orders.presentment_amount <> 0
                then 'presentment'
            else 'other'
        end as currency_kind,
        staged_orders.gross_amount / nullif(staged_orders.presentment_amount, 0)
            as presentment_rate,
        moved_rates.exchange_rate / nullif(order_rates.exchange_rate, 0) as day_rate
    from moved
    inner join staged_orders on moved.order_id = staged_orders.order_id
    left join currencies on staged_orders.currency_code = currencies.currency_code
    left join exchange_rates as moved_rates
        on
            moved.currency_code = moved_rates.currency_code
            and moved.moved_date = moved_rates.rate_date
    left join exchange_rates as order_rates
        on
            staged_orders.currency_code = order_rates.currency_code
            and moved.moved_date = order_rates.rate_date
),

order_movements as (
    select
        movement_id,
        order_id,
        kind,
        moved_date,
        cast(amount as decimal(18, 3)) as moved_amount,
        currency_code as moved_currency_code,
        currency_kind,
        order_currency_code as currency_code,
        cast(
            case currency_kind
                when 'same' then amount
                when 'presentment'
                    then {{ round_money('amount * presentment_rate', 'minor_units') }}
                else {{ round_money('amount * day_rate', 'minor_units') }}
            end as decimal(18, 3)
        ) as amount
    from joined
)

select * from order_movements

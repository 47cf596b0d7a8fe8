"""What happens to an order once it is placed, as DuckDB tables: its states and its transactions.

Both read the table of orders; the files of the shop system and of the payments read both.
"""

from ingestion.samples.shop.days import NEVER

# Every state an order passes through: when, what had been paid back by then, and whether it was
# settled or voided.
MOVES_SQL = f"""
create or replace table moves as
select
    order_index,
    moment,
    min(rank) as rank,
    max(refunded) as refunded,
    bool_or(is_settled) as is_settled
from (
    select
        order_index, placed as moment, 0 as rank, 0 as refunded, settled = placed as is_settled
    from orders
    union all
    select order_index, settled, 1, 0, true from orders where settled > placed
    union all
    select order_index, refunded_at, 2, first_refund, true
    from orders where refunded_at < {NEVER}
    union all
    select order_index, second_refunded_at, 3, first_refund + second_refund, true
    from orders where second_refunded_at < {NEVER}
)
group by order_index, moment
order by order_index, moment
"""

TRANSACTIONS_SQL = f"""
create or replace table transactions as
with movements as (
    select
        order_index,
        order_id * 10 as id,
        null::bigint as parent_id,
        'sale' as kind,
        'failure' as status,
        'stripe' as gateway,
        by_gateway as amount,
        charge_id || 'f' as reference,
        placed - 90000 as moment,
        late
    from orders where failed_first
    union all
    select
        order_index, order_id * 10 + 1, null,
        case when is_delayed then 'authorization' else 'sale' end, 'success',
        gateway, by_gateway, case when gateway = 'stripe' then charge_id end,
        case when gateway = 'manual' then settled else placed end, late
    from orders
    union all
    select
        order_index, order_id * 10 + 2, order_id * 10 + 1, 'capture', 'success',
        gateway, by_gateway, charge_id, settled, late
    from orders where is_delayed and not is_void
    union all
    select
        order_index, order_id * 10 + 3, order_id * 10 + 1, 'void', 'success',
        gateway, by_gateway, charge_id, settled, late
    from orders where is_void
    union all
    select
        order_index, order_id * 10 + 4, null, 'sale', 'success',
        'gift_card', by_gift_card, null, placed, late
    from orders where by_gift_card > 0
    union all
    select
        order_index, order_id * 10 + 5,
        order_id * 10 + case when is_delayed then 2 else 1 end, 'refund', 'success',
        gateway, first_refund, case when gateway = 'stripe' then charge_id end,
        refunded_at, late
    from orders where refunded_at < {NEVER} and first_refund > 0
    union all
    select
        order_index, order_id * 10 + 6,
        order_id * 10 + case when is_delayed then 2 else 1 end, 'refund', 'success',
        gateway, second_refund, case when gateway = 'stripe' then charge_id end,
        second_refunded_at, late
    from orders where second_refunded_at < {NEVER} and second_refund > 0
)
select
    movements.* exclude (id, parent_id),
    id + 1000000000000 as id,
    parent_id + 1000000000000 as parent_id,
    order_id,
    currency,
    digits,
    is_test,
    delivered(moment, movements.late) as day
from movements
join (select order_index, order_id, currency, digits, is_test from orders) as orders
    using (order_index)
order by moment, id
"""

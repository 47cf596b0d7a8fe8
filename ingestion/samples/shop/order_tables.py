"""The drawn orders and their lines as tables of DuckDB, with the texts and ids of their people."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from ingestion.samples.shop.orders import Orders
from ingestion.samples.shop.words import PRODUCTS


def order_tables(
    con: duckdb.DuckDBPyConnection,
    orders: Orders,
    visits: dict[str, pa.Array],
    numbers_from: int,
    seed: int,
) -> None:
    """Make DuckDB's `orders` (with the person's texts and ids) and `lines`.

    `visits` adds landing_site, referring_site.
    """
    con.register("orders_drawn", pa.table({**orders.columns, **visits}))
    con.register("lines_drawn", pa.table({**orders.lines}))
    con.execute(ORDERS_SQL, {"numbers_from": numbers_from, "seed": str(seed)})
    con.execute(LINES_SQL)
    con.unregister("orders_drawn")
    con.unregister("lines_drawn")


ORDERS_SQL = """
create or replace table orders as
select
    drawn.*,
    people.* exclude (
        number, kind, rate, dropout, value, channel, campaign, first_slug, last_slug, mailbox
    ),
    5000000000000 + ($numbers_from + order_index) * 97 as order_id,
    1001 + $numbers_from + order_index as order_number,
    'ch_' || substr(md5($seed || ':charge:' || ($numbers_from + order_index)), 1, 24) as charge_id,
    md5($seed || ':checkout:' || ($numbers_from + order_index)) as checkout_token,
    case email_choice
        when 0 then email
        when 1 then second_email
        when 3 then office_email
        when 4 then placeholder_email
    end as given_email,
    case when placed < recycled_at then owned_phone_number else new_phone_number end as given_phone
from orders_drawn as drawn
join people on people.number = drawn.person
order by order_index
"""

_TITLES = "[" + ", ".join(f"'{title.replace(chr(39), chr(39) * 2)}'" for title, _ in PRODUCTS) + "]"
LINES_SQL = f"""
create or replace table lines as
select
    order_index,
    list({{
        'id': 12000000000000 + order_id * 10 + position,
        'product_id': case when is_gift_card then 8000000000999 else 8000000000000 + product end,
        'variant_id': case when is_gift_card then 44000000000999 else 44000000000000 + product end,
        'sku': case
            when is_gift_card then 'GIFT-25' else 'SKU-' || lpad(product::varchar, 4, '0')
        end,
        'title': case when is_gift_card then 'Gift card' else {_TITLES}[1 + product] end,
        'quantity': quantity,
        'price': money(price, digits),
        'total_discount': money(discount, digits),
        'gift_card': is_gift_card
    }} order by position) as line_items
from lines_drawn
join (select order_index, order_id, digits from orders) as orders using (order_index)
group by order_index
order by order_index
"""

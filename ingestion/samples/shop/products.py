"""The shop's range: Shopify products with their variants, and inventory items,
on which Shopify keeps what a variant costs."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, FIRST_MOMENT, NEVER
from ingestion.samples.shop.draw import chance, stream, words
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.shop_files import latest_per_delivery
from ingestion.samples.shop.words import PRODUCTS, SHELVES, VENDORS, ascii_slug

NEWLY_CHANGED_DAYS = (
    8  # some prices and costs change in the last nights, so that a night brings more than orders
)
GIFT_CARD = len(PRODUCTS)  # its place behind the others; ids are those of the orders' lines


def _range_table(con: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Make DuckDB's `variants`: one row per thing that can be put in a cart."""
    rng = stream(seed, 0, "products")
    n = len(PRODUCTS)
    shelf_of = {title: shelf for shelf, titles in SHELVES.items() for title in titles}
    price = np.array([round(100 * euros) for _, euros in PRODUCTS])
    cost = np.rint(price * rng.uniform(0.32, 0.72, n)).astype(np.int64)
    changed = np.where(
        chance(rng, 0.5, n),
        FIRST_MOMENT + (rng.random(n) * (CLOSING_MOMENT - FIRST_MOMENT - DAY)).astype(np.int64),
        NEVER,
    )
    newly = rng.permutation(n)[:6]
    changed[newly] = CLOSING_MOMENT - (
        rng.uniform(0.2, NEWLY_CHANGED_DAYS, len(newly)) * DAY
    ).astype(np.int64)
    goods = pa.table(
        {
            "product": np.arange(n),
            "title": pa.array([title for title, _ in PRODUCTS]),
            "handle": pa.array([ascii_slug(title) for title, _ in PRODUCTS]),
            "product_type": pa.array([shelf_of[title] for title, _ in PRODUCTS]),
            "vendor": words(rng.integers(0, len(VENDORS), n), VENDORS),
            "price": price,
            "cost": cost,
            "dearer": rng.uniform(1.03, 1.12, n),
            "is_cost_known": ~chance(rng, 0.1, n),
            "has_two_sizes": np.arange(n) % 6 == 5,
            "is_archived": rng.permutation(n) < 2,
            "changed": changed,
            "made": FIRST_MOMENT - (rng.uniform(20, 60, n) * DAY).astype(np.int64),
        }
    )
    con.register("goods", goods)
    con.execute(VARIANTS_SQL)
    con.unregister("goods")


VARIANTS_SQL = f"""
create or replace table variants as
select
    *,
    44000000000000 + product as variant_id,
    46000000000000 + product as item_id,
    8000000000000 + product as product_id,
    'SKU-' || lpad(product::varchar, 4, '0') as sku,
    case when has_two_sizes then 'Small' else 'Default Title' end as size,
    1 as position
from goods
union all
select
    * replace ((price * 1.4)::bigint as price, (cost * 1.3)::bigint as cost),
    45000000000000 + product, 47000000000000 + product, 8000000000000 + product,
    'SKU-' || lpad(product::varchar, 4, '0') || '-L', 'Large', 2
from goods where has_two_sizes
union all
select
    {GIFT_CARD}, 'Gift card', 'giftcard', 'Gift Cards', 'Sample shop', 2500, null, 1,
    false, false, false, {NEVER}, {FIRST_MOMENT - 60 * DAY},
    44000000000999, 46000000000999, 8000000000999, 'GIFT-25', 'Default Title', 1
order by product_id, position
"""


def _versions(columns: str) -> str:
    """SQL: each variant as it was made and as it was changed; `columns` are those of a version."""
    return f"""
        select {columns}, made as version, false as is_changed, delivered(made, 0) as day
        from variants
        union all
        select {columns}, changed, true, delivered(changed, 0)
        from variants where changed < {NEVER}
    """


def _products(history_day: int) -> str:
    latest = latest_per_delivery(_versions("*"), "variant_id", history_day)
    return f"""
        select day, to_json({{
            'id': product_id,
            'title': any_value(title),
            'body_html': '<p>' || any_value(title) || '</p>',
            'vendor': any_value(vendor),
            'product_type': any_value(product_type),
            'handle': any_value(handle),
            'status': case
                when any_value(is_archived and is_changed) then 'archived' else 'active'
            end,
            'tags': case when any_value(is_changed) then 'new price' else '' end,
            'variants': list({{
                'id': variant_id,
                'product_id': product_id,
                'title': size,
                'price': money(
                    case when is_changed then (price * dearer)::bigint else price end, 2
                ),
                'sku': sku,
                'position': position,
                'inventory_item_id': item_id,
                'created_at': shop_time(made),
                'updated_at': shop_time(version)
            }} order by position),
            'published_at': shop_time(any_value(made)),
            'created_at': shop_time(any_value(made)),
            'updated_at': shop_time(version)
        }})::varchar || chr(10) as line
        from ({latest})
        group by day, product_id, version
        order by greatest(day, {history_day}), version, product_id
    """


def _inventory_items(history_day: int) -> str:
    return f"""
        select day, to_json({{
            'id': item_id,
            'sku': sku,
            'cost': case when is_cost_known then
                money(case when is_changed then (cost * dearer)::bigint else cost end, 2)
            end,
            'tracked': product <> {GIFT_CARD},
            'requires_shipping': product <> {GIFT_CARD},
            'created_at': shop_time(made),
            'updated_at': shop_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(_versions("*"), "item_id", history_day)})
        order by greatest(day, {history_day}), version, item_id
    """


def land_products(con: duckdb.DuckDBPyConnection, landing: Landing, seed: int) -> None:
    """Deliver the range, and what changes in it night by night."""
    _range_table(con, seed)
    landing.land(con, "shopify.products", _products(landing.history_day), part="")
    landing.land(con, "shopify.inventory_items", _inventory_items(landing.history_day), part="")

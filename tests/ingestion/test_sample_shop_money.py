"""The sample shop's refunds, disputes and range, loaded by the real loader:
they say what orders and charges say."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import load, raw_files
from ingestion.raw.raw_files import RawFolder
from ingestion.samples.shop import make_sample
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore

CUSTOMERS = 1500
LATEST = {
    "latest_orders": ("shopify_orders", "updated_at"),
    "charges": ("stripe_charges", "_arrival"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Raw tables of the shop and the payment provider, as one view each,
    and their newest versions."""
    home = tmp_path_factory.mktemp("money")
    make_sample(home / "extracts", home / "truth", customers=CUSTOMERS, nights=2)
    as_of = datetime(2026, 6, 30, 22)
    store = ControlStore.open(home / "control.sqlite")
    zone = (
        Folder(home / "extracts"),
        RawFolder(Folder(home / "raw")),
        store,
        load_contracts(),
        ("shopify", "stripe"),
    )
    loaded = load(*zone, as_of=as_of, as_of_date=date(2026, 6, 30), run_id="test")
    assert (loaded.drift, loaded.reasons, loaded.refused) == ({}, {}, ())
    con = duckdb.connect()
    for table, paths in raw_files(store, as_of).items():
        if paths:
            con.execute(
                f"create view {table} as select *"
                f" from read_parquet({[str(home / 'raw' / path) for path in paths]})"
            )
    for name, (table, version) in LATEST.items():
        newest = f"row_number() over (partition by id order by {version} desc, _arrival desc) = 1"
        con.execute(f"create table {name} as select * from {table} qualify {newest}")
    store.close()
    return con


def test_refunds_of_the_provider_are_the_shops_and_the_charges(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = shop.execute("""
        with shop as (
            select
                "authorization" as charge,
                (
                    sum(amount) * case any_value(currency) when 'JPY' then 1 else 100 end
                )::bigint as amount,
                count(*) as refunds
            from shopify_transactions where gateway = 'stripe' and kind = 'refund' group by 1
        ),
        provider as (
            select charge, sum(amount) as amount, count(*) as refunds
            from (
                select * from stripe_refunds
                qualify row_number() over (partition by id order by _arrival desc) = 1
            )
            group by 1
        ),
        charged as (select id as charge, amount_refunded from charges where amount_refunded > 0)
        select count(*), count(*) filter (
            shop.amount is distinct from provider.amount or shop.refunds <> provider.refunds
            or amount_refunded is distinct from provider.amount
        )
        from shop full join provider using (charge) full join charged using (charge)
    """).fetchall()
    assert rows[0][0] > 30
    assert rows[0][1] == 0


def test_disputes_are_of_flagged_charges_and_their_money_follows_their_state(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    wrong = shop.execute("""
        with movements as (
            select
                id, status, charge, amount,
                list_sum(list_transform(
                    from_json(balance_transactions, '["json"]'),
                    lambda m: (m ->> 'amount')::bigint
                )) as balance,
                list_sum(list_transform(
                    from_json(balance_transactions, '["json"]'),
                    lambda m: (m ->> 'fee')::bigint
                )) as fee
            from stripe_disputes
        )
        select count(*), count(*) filter (
            charges.id is null
            or not charges.disputed
            or movements.amount <> charges.amount_captured
            or fee <= 0
            or balance <> case movements.status when 'won' then 0 else -movements.amount end
        )
        from movements left join charges on charges.id = movements.charge
    """).fetchall()
    assert wrong[0][0] > 0
    assert wrong[0][1] == 0
    alone = "from charges anti join stripe_disputes on charge = charges.id where disputed"
    assert shop.execute(f"select count(*) {alone}").fetchall() == [(0,)]


def test_lines_are_of_products_in_the_range_at_about_their_price(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    shop.execute("""
        create temp view sold as
        select
            line ->> 'product_id' as product_id,
            line ->> 'variant_id' as variant_id,
            line ->> 'sku' as sku,
            line ->> 'title' as title,
            (line ->> 'price')::double as price,
            currency
        from latest_orders, unnest(from_json(line_items, '["json"]')) as unnested(line)
    """)
    shop.execute("""
        create temp view listed as
        select
            id::varchar as product_id,
            title,
            variant ->> 'id' as variant_id,
            variant ->> 'sku' as sku,
            (variant ->> 'price')::double as list_price
        from (
                select * from shopify_products
                qualify row_number() over (partition by id order by updated_at) = 1
            ),
            unnest(from_json(variants, '["json"]')) as unnested(variant)
    """)
    assert shop.execute(
        "select count(*) from sold anti join listed using (product_id, variant_id, sku, title)"
    ).fetchall() == [(0,)]
    ratio = shop.execute(
        "select median(price / list_price) from sold join listed using (variant_id)"
        " where currency = 'EUR'"
    ).fetchall()[0][0]
    assert 0.9 < ratio < 1.1
    # Prices and costs change in the last nights, and some goods have no cost.
    changed, unknown = shop.execute("""
        select count(*) - count(distinct id), count(distinct id) filter (cost is null)
        from shopify_inventory_items
    """).fetchall()[0]
    assert changed > 0 < unknown

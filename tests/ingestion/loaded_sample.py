"""The sample shop, made and taken in by the real loader."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import load, raw_files
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore

SHOP_SOURCES = (
    "consent",
    "ecb",
    "google_ads",
    "hubspot",
    "klaviyo",
    "meta_ads",
    "privacy",
    "salesforce",
    "shopify",
    "stripe",
    "web",
    "zendesk",
)
# References, each as a query that finds those that lead nowhere.
LEADING_NOWHERE = (
    "from shopify_transactions as t anti join latest_orders as o on o.id = t.order_id",
    (
        "from shopify_transactions as t anti join shopify_transactions as p"
        " on p.id = t.parent_id where t.parent_id is not null"
    ),
    (
        "from latest_orders as o anti join latest_customers as c on c.id = o.customer_id"
        " where o.customer_id is not null"
    ),
    (
        "from web_events as e anti join latest_customers as c on c.id::varchar = e.user_id"
        " where e.user_id is not null"
    ),
    """from latest_orders as o
    anti join latest_checkouts as c
        on c.token = o.checkout_token and c.completed_at is not null
    where o.checkout_token is not null and not o.test""",
    """from stripe_charges as c
    anti join stripe_customers as p on p.id = c.customer
    where c.customer is not null""",
    "from stripe_customers as p anti join stripe_charges as c on p.id = c.customer",
    "from stripe_refunds as r anti join stripe_charges as c on c.id = r.charge",
    """from (
        select unnest(from_json(contacts, '["json"]')) ->> 'id' as id from hubspot_deals
    ) as d
    anti join hubspot_contacts as c on c.id::varchar = d.id""",
    """from shopify_inventory_items as i anti join (
        select
            (unnest(from_json(variants, '["json"]')) ->> 'inventory_item_id')::bigint as id
        from shopify_products
    ) as v on v.id = i.id""",
    """from shopify_refunds as r
    anti join shopify_transactions as t
        on t.id = (r.transactions ->> '$[0].id')::bigint
        and t.kind = 'refund'
        and t.order_id = r.order_id""",
)
# Addresses and numbers as orders, contacts and charges spell them.
MAILS = """
create or replace temp view mails as
select 'shopify_orders:' || id as record_id, email, phone, country_code from latest_orders
union all
select 'hubspot_contacts:' || id, email, coalesce(phone, mobilephone), country
from hubspot_contacts
union all
select 'stripe_charges:' || id, billing_email, billing_phone, billing_country
from charges
"""


def load_sample(home: Path) -> duckdb.DuckDBPyConnection:
    """The sample loaded by the real loader: one view a raw table,
    and <table>_latest for those with versions."""
    store = ControlStore.open(home / "control.sqlite")
    as_of = datetime(2026, 6, 30, 22)
    loaded = load(
        Folder(home / "extracts"),
        RawFolder(Folder(home / "raw")),
        store,
        load_contracts(),
        SHOP_SOURCES,
        as_of=as_of,
        as_of_date=date(2026, 6, 30),
        run_id="test",
    )
    assert [outcome for outcome in loaded.outcomes if outcome.status != "loaded"] == []
    assert {(table, kind) for table, kinds in loaded.drift.items() for kind in kinds} <= {
        ("web_events", "future")
    }  # fast clocks
    assert (loaded.reasons, loaded.unknown) == ({}, ())
    con = duckdb.connect()
    for table, paths in raw_files(store, as_of).items():
        if paths:
            con.execute(
                f"create view {table} as select *"
                f" from read_parquet({[str(home / 'raw' / path) for path in paths]})"
            )
    for table, version in (
        ("orders", "updated_at"),
        ("checkouts", "updated_at"),
        ("customers", "updated_at"),
    ):
        con.execute(
            f"create table latest_{table} as select * from shopify_{table} "
            f"qualify row_number() over (partition by id order by {version} desc, "
            "_arrival desc) = 1"
        )
    con.execute(
        "create table charges as select * from stripe_charges"
        " qualify row_number() over (partition by id order by _arrival desc) = 1"
    )
    store.close()
    return con

"""What really is: which person every record belongs to, how each person buys.

The warehouse never reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.samples.shop.days import NEVER
from ingestion.samples.shop.parameters import (
    DAYS,
    END,
    REPORTING_CURRENCY,
    START,
    TIME_ZONE,
    Parameters,
)
from ingestion.samples.shop.web_files import DEVICES_TRUTH_SQL

RECORDS_SQL = f"""
select record_id, person_id from (
    select 'shopify_customers:' || customer_id as record_id, person_id from people
    where account_at < {NEVER} and account_owner = number
    union all
    select 'shopify_orders:' || order_id, person_id from orders
    union all
    select 'shopify_checkouts:' || (order_id + 300000000000), person_id
    from orders where not is_pos and not is_test
    union all
    select 'shopify_checkouts:' || carts.id, person_id
    from carts join people on people.number = carts.person
    union all
    select 'stripe_charges:' || charge_id, person_id from orders where gateway = 'stripe'
    union all
    select 'stripe_charges:' || charge_id || 'f', person_id from orders where failed_first
    union all
    select 'stripe_customers:' || stripe_customers.id, person_id
    from stripe_customers join people using (number)
    union all
    select 'hubspot_contacts:' || id, person_id from contacts
    union all
    select 'salesforce_leads:' || lead_id, person_id from sales_records where is_lead
    union all
    select 'salesforce_contacts:' || id, person_id from sales_contacts
    union all
    select 'zendesk_users:' || id, person_id from desk_users
    union all
    select 'klaviyo_profiles:' || id, person_id from profiles
    union all
    {DEVICES_TRUTH_SQL}
)
order by record_id
"""

PERSONS_SQL = f"""
select
    person_id, kind, country,
    case when kind = 'buyer' then rate end as lambda_per_week,
    case when kind = 'buyer' then dropout end as p,
    case when kind = 'buyer' then value end as mean_order_value_euro,
    channel, campaign,
    case when first_purchase < {NEVER} then epoch_ms(first_purchase) end as first_purchase_at,
    orders_count
from people
order by number
"""


class TruthWriter:
    """Appends each chunk's answers to record_persons.parquet and persons.parquet."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> TruthWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def add(self, con: duckdb.DuckDBPyConnection) -> None:
        """Append the chunk in DuckDB's tables."""
        for name, query in (("record_persons", RECORDS_SQL), ("persons", PERSONS_SQL)):
            self._append(name, con.execute(query).to_arrow_table())

    def _append(self, name: str, table: pa.Table) -> None:
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(
                self.folder / f"{name}.parquet", table.schema, compression="zstd"
            )
        self._writers[name].write_table(table)

    def parameters(self, parameters: Parameters, customers: int, seed: int, nights: int) -> None:
        """Write parameters.json: everything the shop was drawn from."""
        content = {
            "customers": customers,
            "seed": seed,
            "nights": nights,
            "start": START.isoformat(),
            "end": END.isoformat(),
            "days": DAYS,
            "time_zone": TIME_ZONE,
            "reporting_currency": REPORTING_CURRENCY,
            "model": (
                "purchases: BG/NBD with the dropout after every purchase, "
                "the first included (MBG/NBD); "
                "values: Gamma-Gamma; rates per week, money in euro, before refunds"
            ),
            "mean_order_value_euro": parameters.mean_order_value,
            **asdict(parameters),
        }
        (self.folder / "parameters.json").write_text(
            json.dumps(content, indent=2) + "\n", encoding="utf-8"
        )

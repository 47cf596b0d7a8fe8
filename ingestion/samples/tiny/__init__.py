"""A shop of twenty people, with at most twenty rows of every table, and who they are.

For the nights of somebody's first weeks: whatever is told by shares of so few rows is chance. Its
options make the shops that are honest and odd: people without orders, orders without people, names
without anything to know them by, everybody in one segment, nobody who ever said no.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.samples.shop.files import Described, write_file
from ingestion.samples.tiny.buying import buying
from ingestion.samples.tiny.people import Person, draw_people, known

DAY = date(2026, 6, 30)
Tables = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class TinyShop:
    """Which tiny shop it is.

    `has_orders`, `has_people`: without either, that side is not there; orders without people are
    those of a counter. `only_names`: the CRM knows people by their names alone. `grants_all`:
    nobody has withdrawn a consent. `leaves_carts`: everybody has left a cart last night, so that a
    segment takes everybody in.
    """

    has_orders: bool = True
    has_people: bool = True
    only_names: bool = False
    grants_all: bool = False
    leaves_carts: bool = False


def make_tiny(extracts: Path, truth: Path, *, seed: int = 7, shop: TinyShop | None = None) -> int:
    """Write the extracts and the truth (record → person); returns the number of files.

    The same seed gives the same bytes.
    """
    kind = shop or TinyShop()
    people = draw_people(seed)
    tables: dict[str, list[dict[str, Any]]] = {}
    if kind.has_orders:
        tables |= buying(people if kind.has_people else None, seed, kind.leaves_carts)
    if kind.has_people:
        tables |= known(people, kind.only_names, kind.grants_all)
    for table, rows in tables.items():
        _write(extracts, table, rows)
    _write_rates(extracts)
    _write_truth(truth, tables, people if kind.has_people else [])
    return len(tables) + 1


def _write(extracts: Path, table: str, rows: list[dict[str, Any]]) -> None:
    source, name = table.split(".")
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    described: Described = (len(rows), {})
    path = extracts / source / f"{name}-{DAY}.jsonl"
    write_file(path, iter([content]), lambda: described)


def _write_rates(extracts: Path) -> None:
    """Twenty working days of one currency."""
    days = [day for day in range(3, 31) if date(2026, 6, day).weekday() < 5]
    lines = "".join(f"2026-06-{day:02d},1.1000,\n" for day in days)
    content = f"Date,USD,\n{lines}".encode()
    write_file(extracts / "ecb" / f"rates-{DAY}.csv", iter([content]), lambda: (len(days), {}))


# Table → the prefix of its records, and how a row tells the person's number.
_RECORDS = {
    "shopify.customers": "shopify_customers",
    "shopify.orders": "shopify_orders",
    "shopify.checkouts": "shopify_checkouts",
    "stripe.customers": "stripe_customers",
    "stripe.charges": "stripe_charges",
    "hubspot.contacts": "hubspot_contacts",
    "klaviyo.profiles": "klaviyo_profiles",
    "zendesk.users": "zendesk_users",
}


def _write_truth(truth: Path, tables: Tables, people: list[Person]) -> None:
    """Row n of a table of people, and every table here has them in their order, is person n's."""
    pairs = [
        (f"{record}:{row['id']}", person.person_id)
        for table, record in _RECORDS.items()
        for row, person in zip(tables.get(table, []), people, strict=False)
    ]
    truth.mkdir(parents=True, exist_ok=True)
    records, persons = zip(*sorted(pairs), strict=True) if pairs else ((), ())
    answers = {
        "record_id": pa.array(records, pa.string()),
        "person_id": pa.array(persons, pa.string()),
    }
    pq.write_table(pa.table(answers), truth / "record_persons.parquet")

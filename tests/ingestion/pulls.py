"""A home that pulls: declarations of pulls, a landing zone, and rows as an API shows them."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import LoadReport, load
from ingestion.pull.declared import Pull, PullError, misfit
from ingestion.pull.run import PullOutcome, pull_all
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore

TOKEN = "shpat-canary-91f0"
DAY = date(2026, 6, 30)
CONTRACT = """
source: shop
owner: tests
version: 1
description: A shop for tests.
tables:
  orders:
    description: One row per delivered version of an order.
    files: shop/orders-*.jsonl*
    format: jsonl
    load_mode: append
    key: [id]
    version_column: updated_at
    columns:
      - {name: id, type: integer, required: true, description: Id.}
      - {name: email, type: text, pii: email, description: Address.}
      - {name: total_price, type: "decimal(18,3)", required: true, description: Total.}
      - {name: line_items, type: json, description: Lines.}
      - {name: updated_at, type: timestamp, required: true, description: Changed.}
  stock:
    description: One row per product.
    files: shop/stock-*.jsonl*
    format: jsonl
    load_mode: snapshot
    key: [product]
    columns:
      - {name: product, type: text, required: true, description: Product.}
      - {name: pieces, type: integer, required: true, description: Pieces.}
"""
HTTP = {
    "enabled": True,
    "kind": "http",
    "path": "/admin/api/2026-01/orders.json",
    "records": "orders",
    "cursor": "updated_at",
    "since": "updated_at_min",
    "parameters": {"status": "any", "order": "updated_at asc", "limit": 10},
    "header": "X-Shopify-Access-Token",
    "secret": "SHOP_TOKEN",
}
POSTGRES = {
    "enabled": True,
    "kind": "postgres",
    "relation": "shop.orders",
    "cursor": "updated_at",
    "secret": "SHOP_DSN",
}
STOCK = {"enabled": True, "kind": "postgres", "relation": "shop.stock", "secret": "SHOP_DSN"}


def order(number: int, minutes: int = 0, **more: Any) -> dict[str, Any]:
    moment = datetime(2026, 6, 30, 8, tzinfo=UTC) + timedelta(minutes=minutes)
    # Shopify writes the shop's own offset: as texts, such times do not sort.
    shown = moment.astimezone(
        datetime.fromisoformat(f"2026-01-01T00:00:00+0{number % 3}:00").tzinfo
    ).isoformat()
    return {
        "id": number,
        "email": f"canary{number}@example.org",
        "total_price": "12.30",
        "line_items": [],
        "updated_at": shown,
        **more,
    }


class Puller:
    """A home with a landing zone; pull and load in it."""

    def __init__(self, home: Path) -> None:
        self.home, self.landing, self.secrets = home, home / "extracts", {"SHOP_TOKEN": TOKEN}
        (home / "sources").mkdir(parents=True)
        (home / "sources" / "shop.yml").write_text(CONTRACT, encoding="utf-8")
        self.landing.mkdir()
        self.storage = Folder(self.landing)
        self.contracts = load_contracts(home / "sources")
        self.store = ControlStore.open(home / "store")
        self.runs = 0

    def pull(
        self, declared: dict[str, Any], table: str = "shop_orders", day: date = DAY
    ) -> PullOutcome:
        self.runs += 1
        pull = TypeAdapter(Pull).validate_python(declared)
        assert misfit(table, pull, self.contracts) is None
        run_id = f"run-{self.runs}"
        (outcome,) = pull_all(
            {table: pull},
            self.storage,
            self.store,
            self.contracts,
            self._secret,
            day=day,
            run_id=run_id,
        )
        assert TOKEN not in repr(outcome) and "canary" not in repr(outcome)
        return outcome

    def _secret(self, variable: str) -> str:
        if variable not in self.secrets:
            raise PullError(f"{variable} is not set")
        return self.secrets[variable]

    def load(self, day: date = DAY) -> LoadReport:
        as_of = datetime(day.year, day.month, day.day, 22)
        raw = RawFolder(Folder(self.home / "raw"))
        report = load(
            self.storage,
            raw,
            self.store,
            self.contracts,
            {"shop"},
            as_of=as_of,
            as_of_date=day,
            run_id="load",
        )
        assert not report.unknown and not report.set_aside
        assert all(outcome.attested for outcome in report.loaded)
        return report

    def rows(self, path: str | None) -> list[dict[str, Any]]:
        assert path
        return [
            json.loads(line)
            for line in gzip.decompress((self.landing / path).read_bytes()).splitlines()
        ]

    def state(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.store.query("select cursor, seen from pull_states")]

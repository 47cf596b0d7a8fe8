"""A landing zone with contracts of its own, so that a test says in three lines what is delivered
and what came of it."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from extract_texts import refund
from pulls import Puller

from ingestion.contracts.contract import SourceContract
from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import LoadReport, load, raw_files
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.open import open_landing, open_storage
from orchestration.control.store import ControlStore

CONTRACT = """
source: shop
owner: tests
version: 1
description: A shop for tests.
tables:
  orders:
    description: One row per order.
    files: shop/orders-*.jsonl*
    format: jsonl
    load_mode: append
    key: [id]
    quarantine_limit: 0.5
    columns:
      - {name: id, type: integer, required: true, description: Id.}
      - {name: email, type: text, pii: email, description: Address.}
      - {name: customer_id, path: customer.id, type: integer, description: Customer.}
      - {name: country, path: customer.address.country, type: text, description: Country.}
      - {name: amount, type: "decimal(9,2)", required: true, description: Amount.}
      - {name: is_test, type: boolean, description: Test.}
      - {name: lines, type: json, description: Lines.}
      - {name: placed_on, type: date, description: Day.}
      - {name: paid_at, type: epoch, description: Paid.}
      - {name: created_at, type: timestamp, required: true, description: Made.}
  spend:
    description: One row per day.
    files: shop/spend-*.csv*
    format: csv
    load_mode: append
    key: [day, campaign]
    quarantine_limit: 0.5
    null_values: ["N/A"]
    columns:
      - {name: day, header: Day, type: date, required: true, description: Day.}
      - {name: campaign, type: text, description: Campaign.}
      - {name: clicks, type: integer, description: Clicks.}
      - {name: cost, type: "decimal(9,2)", required: true, description: Cost.}
      - {name: note, type: text, optional: true, description: Note.}
  rates:
    description: One row per day.
    files: shop/rates-*.csv*
    format: csv
    trailing_delimiter: true
    delimiter: ";"
    load_mode: append
    key: [day]
    columns:
      - {name: day, type: date, required: true, description: Day.}
      - {name: usd, type: "decimal(18,6)", description: Dollars.}
  refunds:
    description: One row per refund.
    files: shop/refunds-*.jsonl*
    format: jsonl
    load_mode: append
    key: [id]
    may_be_empty: true
    columns:
      - {name: id, type: integer, required: true, description: Id.}
  lines:
    description: One row per line of a report without a key.
    files: shop/lines-*.csv*
    format: csv
    load_mode: append
    on_same_name: supersede
    key: []
    columns:
      - {name: text, type: text, description: Text.}
  stock:
    description: One row per product.
    files: shop/stock-*.csv*
    format: csv
    load_mode: snapshot
    key: [product]
    columns:
      - {name: product, type: text, required: true, description: Product.}
      - {name: pieces, type: integer, required: true, description: Pieces.}
  products:
    description: One row per product.
    files: shop/products-*.parquet
    format: parquet
    load_mode: append
    key: [id]
    quarantine_limit: 0.5
    columns:
      - {name: id, type: integer, required: true, description: Id.}
      - {name: price, type: "decimal(9,2)", description: Price.}
      - {name: tags, type: json, description: Tags.}
      - {name: updated_at, type: timestamp, description: Changed.}
"""


class Zone:
    """A home of its own: deliver files with `put`, load with `load`, look at raw with `rows`."""

    def __init__(self, home: Path, bucket: str | None = None) -> None:
        self.home = home
        self.landing = home / "extracts"
        self.raw = home / "raw"
        self.bucket = bucket
        self.landing_storage = open_landing(
            f"{bucket}/landing" if bucket else self.landing, home / "spool" / "landing"
        )
        self.raw_folder = RawFolder(
            open_storage(f"{bucket}/kept/raw" if bucket else self.raw, home / "spool" / "raw")
        )
        self.sources = home / "sources"
        for folder in (self.landing, self.sources):
            folder.mkdir(parents=True)
        (self.sources / "shop.yml").write_text(CONTRACT, encoding="utf-8")
        self.store = ControlStore.open(home / "control" / "clientele.sqlite")

    @property
    def contracts(self) -> dict[str, SourceContract]:
        return load_contracts(self.sources)

    def put(self, path: str, content: bytes | str) -> Path:
        file = self.landing / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        if self.bucket:
            self.landing_storage.publish(file, path)
        return file

    def load(self, as_of: datetime = datetime(2024, 6, 1, 22), **options: Any) -> LoadReport:
        arguments = {"as_of_date": as_of.date(), "run_id": "run-1"} | options
        return load(
            self.landing_storage,
            self.raw_folder,
            self.store,
            self.contracts,
            {"shop"},
            as_of=as_of,
            **arguments,
        )

    def rows(
        self, table: str, columns: str = "*", as_of: datetime = datetime(2030, 1, 1)
    ) -> list[tuple[Any, ...]]:
        """Rows of a raw table in order of arrival."""
        files = [
            self.raw_folder.at(path)
            for path in raw_files(self.store, as_of).get(f"shop_{table}", [])
        ]
        if not files:
            return []
        order = "order by _arrival, _line_number"
        connection = self.raw_folder.connect()
        try:
            return connection.execute(
                f"select {columns} from read_parquet($1, hive_partitioning = false) {order}",
                [files],
            ).fetchall()
        finally:
            connection.close()

    def refusal(self, path: str, content: bytes | str) -> str:
        """Deliver one file that cannot be used; why it was refused."""
        self.put(path, content)
        report = self.load()
        assert [outcome.path for outcome in report.refused] == [path], report
        assert not report.loaded
        reason = report.refused[0].reason
        assert reason is not None and reason.startswith(f"{path}: ")
        return reason

    def day(self, day: int) -> dict[str, Any]:
        """The arguments of the night after a day of June 2024."""
        return {"as_of": datetime(2024, 6, day + 1), "as_of_date": date(2024, 6, day)}


@pytest.fixture(scope="session")
def zone_at() -> type[Zone]:
    """Makes a zone at a path, for fixtures that several tests share."""
    return Zone


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path / "home")


@pytest.fixture
def neighbour(zone: Zone) -> None:
    """A good file beside whatever else is delivered."""
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1))


@pytest.fixture
def puller(tmp_path: Path) -> Iterator[Puller]:
    puller = Puller(tmp_path / "home")
    yield puller
    puller.store.close()

"""What is guarded is read from files and contracts, cheaply."""

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from expectations.catalog import Catalog, CatalogError, guarded_tables
from expectations.guard import GateContext, SourceState
from ingestion.contracts.contract import all_tables
from ingestion.contracts.reading import load_contracts
from ingestion.layers import LAYERS, PATH

PROJECT = Path(__file__).parents[2]


def _gate(layer: str, table: str, **more: object) -> GateContext:
    return GateContext(layer, table, datetime(2025, 3, 1), date(2025, 2, 28), 1000, **more)  # type: ignore[arg-type]


def test_every_contract_table_is_guarded_without_a_file() -> None:
    assert set(guarded_tables("raw")) == {table.raw_name for table in all_tables(load_contracts())}


def test_a_new_contract_and_a_new_segment_need_no_gate_file(tmp_path: Path) -> None:
    (tmp_path / "till.yml").write_text(
        """
source: till
owner: shop
version: 1
description: Receipts of the till.
tables:
  receipts:
    description: One row per receipt.
    files: till/receipts-*.csv
    format: csv
    load_mode: append
    key: [id]
    columns:
      - {name: id, type: text, required: true, description: Number.}
      - {name: email, type: text, pii: email, description: Address for the receipt.}
      - {name: at, type: timestamp, required: true, description: When.}
""",
        encoding="utf-8",
    )
    (tmp_path / "seg_birthday.sql").write_text("select 1", encoding="utf-8")
    catalog = Catalog(contracts_folder=tmp_path, segments_folder=tmp_path)
    assert "till_receipts" in catalog.tables("raw")
    suite = catalog.suite(
        _gate("raw", "till_receipts", sources={"till": SourceState(enabled=True, required=True)})
    )
    assert suite.sources == ("till",)
    names = {guard.name for guard in suite.guards}
    assert {
        "newest content is fresh",
        "rows with email",
        "rows kept since the last good night",
    } <= names
    assert "seg_birthday" in catalog.tables("segments")
    assert catalog.suite(_gate("segments", "seg_birthday")).may_be_empty


def test_a_raw_table_is_judged_by_its_own_account() -> None:
    sources = {
        "shopify": SourceState(enabled=False, kind="shopify"),
        "shopify_uk": SourceState(enabled=True, required=True, freshness_days=60, kind="shopify"),
    }
    raw = _gate("raw", "shopify_orders", sources=sources)
    assert not raw.source("shopify").enabled
    assert raw.source("shopify_uk").freshness_days == 60
    assert _gate("core", "orders", sources=sources).source("shopify").required


@pytest.mark.parametrize("layer", PATH)
def test_every_suite_can_be_read(layer: str) -> None:
    catalog = Catalog()
    assert catalog.tables(layer)
    for table in catalog.tables(layer):
        assert catalog.suite(_gate(layer, table)).guards, table


# Table that repeats staging row for row → the feed behind it, or the one staging model.
CARRIED = {
    "identity.source_records": "people",
    "core.orders": "orders",
    "core.order_lines": "order_lines",
    "core.payments": "payments",
    "core.refunds": "refunds",
    "core.checkouts": "checkouts",
    "core.products": "products",
    "core.product_variants": "variants",
    "core.ad_spend": "ad_spend",
    "core.ledger_lines": "ledger_lines",
    "core.charges": "stg_stripe__charges",
    "core.charge_refunds": "stg_stripe__refunds",
    "core.disputes": "stg_stripe__disputes",
    "core.deals": "stg_hubspot__deals",
    "core.tickets": "stg_zendesk__tickets",
    "core.privacy_requests": "stg_privacy__requests",
}
WITHOUT_MONEY = {"source_records", "products", "tickets", "privacy_requests"}


@pytest.mark.parametrize("name", CARRIED)
def test_no_row_and_no_money_of_staging_is_lost_unseen(name: str) -> None:
    """Of every staging model of a feed, one that a file adds tomorrow too."""
    catalog = Catalog()
    layer, table = name.split(".")
    feeds = {
        feed: {**kinds, "till": (f"stg_till__{feed}",)} for feed, kinds in catalog.feeds.items()
    }
    behind = CARRIED[name]
    models = (
        [model for kind in feeds[behind].values() for model in kind]
        if behind in feeds
        else [behind]
    )
    guards = {guard.name: guard for guard in catalog.suite(_gate(layer, table, feeds=feeds)).guards}
    wanted = ["rows of staging and of core"]
    wanted += [] if table in WITHOUT_MONEY else ["money of staging and of core"]
    for guard in (guards[name] for name in wanted):
        assert (guard.severity, guard.when_empty) == ("critical", True)
        for model in models:
            assert f"from staging.{model})" in guard.arguments["expression"], model


def test_every_guarded_table_is_a_model() -> None:
    for layer in LAYERS:
        models = {file.stem for file in (PROJECT / "dbt_project" / "models" / layer).rglob("*.sql")}
        assert set(guarded_tables(layer)) <= models, layer


def test_mistakes_name_the_file() -> None:
    with pytest.raises(CatalogError, match="layers are raw"):
        guarded_tables("gold")
    with pytest.raises(CatalogError, match=r"nothing\.py: no such suite"):
        Catalog().suite(_gate("core", "nothing"))
    with pytest.raises(CatalogError, match=r"no contract makes raw\.nothing"):
        Catalog().suite(_gate("raw", "nothing"))


def test_listing_does_not_import_great_expectations() -> None:
    program = (
        "import sys; from expectations.catalog import Catalog, PATH;"
        " import orchestration.night.gate_process, expectations.page;"
        " [Catalog().tables(layer) for layer in PATH];"
        " sys.exit(any(name.split('.')[0] in ('great_expectations', 'sqlalchemy', 'pandas',"
        " 'dagster', 'dbt') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=PROJECT).returncode == 0

"""Every step of the recipe for a source of orders that somebody may forget: what is said then names
the file. On a copy of the project, without a night."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corner_shop import deliver_corner_shop
from extracts_of_a_day import deliver_extracts
from generation_makers import AS_OF, make_inputs
from harness import SETTINGS, FakeDbt, FakeGates, run_night, settings_for
from recipes import copied_project, follow
from small_shop import SETTINGS as SHOP_SETTINGS

from expectations.guard import GateContext, SourceState
from expectations.identity.source_records import suite
from ingestion.contracts.accounts import accounts_of
from ingestion.contracts.contract import SourceContract, raw_columns
from ingestion.contracts.reading import load_contracts
from ingestion.errors import ContractError
from orchestration.warehouse import feeds
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtError, DbtRunner
from orchestration.warehouse.inputs import Relation

STAGING = Path("dbt_project/models/staging/corner")
CONTRACT = Path("ingestion/sources/corner.yml")


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the corner shop, as the recipe makes it."""
    project = copied_project(tmp_path_factory.mktemp("followed"), SHOP_SETTINGS)
    follow(project, "orders")
    return project


@pytest.fixture
def project(followed: Path, tmp_path: Path) -> Path:
    """What a test may spoil: the sources' files, and of dbt's project the models and macros."""
    copied = tmp_path / "project"
    shutil.copytree(followed / "ingestion" / "sources", copied / "ingestion" / "sources")
    shutil.copytree(followed / "dbt_project", copied / "dbt_project")
    return copied


def _spoil(file: Path, pattern: str, instead: str = "") -> None:
    text = file.read_text(encoding="utf-8")
    spoilt = re.sub(pattern, instead, text, flags=re.MULTILINE)
    assert spoilt != text
    file.write_text(spoilt, encoding="utf-8")


def _contracts(project: Path) -> dict[str, SourceContract]:
    return load_contracts(project / "ingestion" / "sources")


def _check_feeds(project: Path) -> None:
    """What a night looks at before anything else."""
    kinds = _contracts(project)
    feeds.feeds_of(kinds, project / "dbt_project")
    feeds.check_feeds(kinds, project / "dbt_project")


def test_whoever_forgets_nothing_hears_nothing(project: Path) -> None:
    _check_feeds(project)


@pytest.mark.parametrize(
    ("pattern", "instead", "told"),
    [
        (
            r"^feeds:\n(  .*\n)+",
            "",
            r"corner\.yml: feeds: nothing reads stg_corner__accounts; name it under the feed .*"
            r" or remove dbt_project/models/staging/corner/stg_corner__accounts\.sql",
        ),
        (r"^  payments: .*\n", "", r"corner\.yml: feeds\.payments: missing; .*money"),
        (r"^  order_lines: .*\n", "", r"corner\.yml: feeds\.order_lines: missing; "),
        (
            r"stg_corner__refunds\]",
            "stg_corner__returns]",
            r"corner\.yml: feeds\.refunds: there is no"
            r" dbt_project/models/staging/corner/stg_corner__returns\.sql; write it, or",
        ),
        (r"^  refunds: ", "  refund: ", r"corner\.yml: feeds\.refund: .*did you mean refunds"),
        (r"^record_kinds:\n(  .*\n)+", "", r"corner\.yml: record_kinds: missing; name the kind"),
        (r"priority: 12", "priority: 10", r"priority: 10 is already that of a type of .*\.yml"),
        (r"^time_zone: America/New_York", "time_zone: New York", r"corner\.yml: time_zone: 'New"),
    ],
)
def test_a_wrong_contract_is_named(project: Path, pattern: str, instead: str, told: str) -> None:
    _spoil(project / CONTRACT, pattern, instead)
    with pytest.raises(ContractError, match=told):
        _check_feeds(project)


def test_a_shop_that_is_none_is_named(project: Path) -> None:
    _spoil(project / CONTRACT, r"^version: 1", "version: 1\nshop: shopfy")
    with pytest.raises(ContractError, match=r"corner\.yml: shop: shopfy is no source of orders"):
        accounts_of(_contracts(project), {}, "EUR", Path("clientele.yml"))


@pytest.fixture
def corner_runner(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], DbtRunner]:
    """dbt on this source and one canonical model alone, since parsing all costs half a minute."""
    models = project / "dbt_project" / "models"
    for folder in [*models.iterdir(), *(models / "staging").iterdir()]:
        if folder.is_dir() and folder.name not in ("staging", "corner", "core"):
            shutil.rmtree(folder)
    for file in (models / "core").iterdir():
        if file.name not in ("source_payments.sql", "_sources__models.yml", "_core__docs.md"):
            file.unlink()
    shutil.rmtree(project / "dbt_project" / "tests")
    shutil.rmtree(project / "dbt_project" / "seeds")
    monkeypatch.setattr(feeds, "load_contracts", lambda: {"corner": _contracts(project)["corner"]})
    monkeypatch.setenv("CLIENTELE_INPUTS", str(tmp_path / "none.json"))
    return lambda: DbtRunner(tmp_path / "dbt", project / "dbt_project")


def test_a_raw_table_that_is_not_listed_is_named(
    project: Path, corner_runner: Callable[[], DbtRunner]
) -> None:
    _spoil(project / STAGING / "_corner__models.yml", r"^ +- \{name: corner_refunds.*\n")
    told = (
        r"raw\.corner_refunds.*list corner_refunds in"
        r" dbt_project/models/staging/corner/_corner__models\.yml"
    )
    with pytest.raises(DbtError, match=re.compile(told, re.DOTALL)):
        corner_runner().parse()


def test_a_wrong_column_type_is_named(
    project: Path, tmp_path: Path, corner_runner: Callable[[], DbtRunner]
) -> None:
    _spoil(
        project / STAGING / "stg_corner__payments.sql",
        r"^( +)movements\.created_at$",
        r"\1cast(movements.created_at as varchar) as created_at",
    )
    corner = _contracts(project)["corner"]
    raw = {
        f"raw.{table.raw_name}": Relation(raw_columns(table)) for table in corner.tables.values()
    }
    accounts = accounts_of({"corner": corner}, {}, "EUR", Path("clientele.yml"))
    inputs = replace(make_inputs(tmp_path, relations=raw), accounts=tuple(accounts.values()))
    connect(inputs, write=True).close()
    path = inputs.save(tmp_path / "inputs.json")
    result = corner_runner().build(path, ["+source_payments"])
    assert result.errored == ["model.clientele.source_payments"]
    told = (
        "feed payments: column created_at of stg_corner__payments is varchar, timestamp is wanted;"
        " cast it in dbt_project/models/staging/corner/stg_corner__payments.sql"
    )
    assert told in " ".join(result.messages)


def test_an_undeclared_record_kind_or_identifier_type_is_named() -> None:
    gate = GateContext(
        layer="identity",
        table="source_records",
        as_of=AS_OF,
        as_of_date=date(2026, 6, 30),
        row_count=3,
        sources={"corner": SourceState(enabled=True), "shopify": SourceState()},
        feeds={"people": {"corner": ("stg_corner__orders",), "shopify": ()}},
    )
    connection = duckdb.connect()
    for statement in (
        "create schema identity",
        "create schema declared",
        "create schema seeds",
        "create table declared.record_kinds as select 'corner_accounts' as record_kind",
        "create table seeds.identifier_types as select unnest(['email', 'corner_login'])"
        " as identifier_type",
        "create table identity.source_records as select 'corner' as source_name,"
        " unnest(['corner_accounts:a', 'corner_orders:1', 'corner_orders:2']) as record_id,"
        " unnest([map {'email': 'a'}, map {'login': 'a'}, map {}]) as identifiers",
    ):
        connection.execute(statement)
    broken = {}
    for guard in suite(gate).guards:
        if "stand under" in guard.name:
            query = f"select {guard.arguments['expression']} from identity.source_records"
            broken[guard.name] = connection.execute(query).fetchall()[0][0]
    assert broken == {
        "record kinds of corner stand under record_kinds in ingestion/sources/corner.yml": 2,
        "identifier types of corner stand under identifier_types in"
        " ingestion/sources/corner.yml": 1,
    }


def test_a_source_that_the_settings_do_not_name_waits(
    location: Any, manifest: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files lie there and are not read: the night says so. Switched off, it says nothing."""
    home = tmp_path / "home"
    unnamed = SETTINGS.replace("  google_ads: {enabled: true}\n", "")
    monkeypatch.setenv("TEST_HUBSPOT_TOKEN", "t")
    deliver_extracts(home)
    deliver_corner_shop(home / "extracts")
    told = {}
    for name, text in (
        ("unnamed", unnamed),
        ("off", SETTINGS.replace("google_ads: {enabled: true}", "google_ads: {enabled: false}")),
    ):
        settings = settings_for(home, text)
        dbt = FakeDbt(tmp_path / name, manifest)
        outcome = run_night(location, settings, dbt, FakeGates(), monkeypatch)
        assert outcome.report, outcome.failure
        told[name] = [waiting["what"] for waiting in outcome.report["waiting"]]
    (line,) = (what for what in told["unnamed"] if what.startswith("source google_ads"))
    assert re.search(r"its 1 file is not read, since \S+clientele\.yml does not name it", line)
    assert not [what for what in told["off"] if what.startswith("source ")]
    # Without a contract it is no source at all.
    assert [
        what for what in told["off"] if what.startswith("corner/orders") and "belongs to no" in what
    ]

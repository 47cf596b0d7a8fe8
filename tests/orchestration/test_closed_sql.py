"""`clientele sql` is closed: SQL alone reads what it is shown, and opens nothing else."""

import getpass
import re
import sqlite3
from pathlib import Path

import duckdb
import pytest
from closed_sql_attempts import ATTEMPTS, EVERYDAY
from closed_sql_home import AFTERWARDS, CANARIES, SmallHome, make_home, seen, session, watched
from generation_makers import make_inputs

from orchestration.cli.sql import shell
from orchestration.warehouse.closed import ClosedError, check_statements, connect_for_people
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_plugin import Plugin
from orchestration.warehouse.feeds import DBT_PROJECT
from orchestration.warehouse.inputs import Relation

SEEDS = DBT_PROJECT / "seeds"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> SmallHome:
    return make_home(tmp_path_factory.mktemp("closed"))


@pytest.fixture(scope="module")
def tried(home: SmallHome) -> tuple[dict[str, list[str]], list[str]]:
    """What each attempt saw, and what all of them wrote or called: one after the other in one
    session, which is much cheaper than a session each."""
    mark = "select 'attempt of ' || '{}' as now"
    with watched(home) as (places, done):
        typed = [mark.format("nothing"), AFTERWARDS]
        for name, statements in ATTEMPTS.items():
            typed += [
                mark.format(name),
                *(text.format(**places) for text in statements),
                AFTERWARDS,
            ]
        printed = session(typed, home)
    _, *parts = re.split(r"attempt of ([a-zA-Z0-9, ]+?) *│", printed)
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    idle = said.pop("nothing")
    return {name: seen(part, idle) for name, part in said.items()}, done


@pytest.mark.parametrize("name", ATTEMPTS)
def test_nothing_is_seen_that_is_closed(
    tried: tuple[dict[str, list[str]], list[str]], name: str
) -> None:
    assert tried[0][name] == []


def test_nothing_is_written_and_nobody_is_called(
    tried: tuple[dict[str, list[str]], list[str]],
) -> None:
    assert tried[1] == []


def test_what_analysts_do_goes_on(home: SmallHome) -> None:
    for statement, printed in zip(
        EVERYDAY, session(list(EVERYDAY), home).split("clientele> ")[1:], strict=False
    ):
        assert "Error" not in printed and "closed" not in printed, (statement, printed)
        assert EVERYDAY[statement] in printed, (statement, printed)


@pytest.mark.parametrize(
    "statement",
    [
        "explain analyze copy (select 1) to 'a.csv'",
        "explain (analyze, format json) copy (select 1) to 'a.csv'",
        "select 1; explain /* a */ analyze -- b\n copy (select 1) to 'a.csv'",
        "/* a /* b */ */ explain analyze copy (select 1) to 'a.csv'",
        "explain analyze execute prepared",
        "call pragma_version()",
    ],
)
def test_statements_that_write_or_run_others_are_refused_by_their_kind(statement: str) -> None:
    with duckdb.connect() as connection, pytest.raises((ClosedError, duckdb.ParserException)):
        check_statements(connection, statement)


def test_unsafe_opens_files_and_is_audited(
    home: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELE_HOME", home.places["home"])
    file = tmp_path / "written.csv"
    query = f"copy (select note from raw.shop_orders) to '{file}'"
    with pytest.raises(ClosedError, match=r"copy.*\n.*--unsafe"):
        shell(query)
    with pytest.raises(ClosedError, match=r"--unsafe"):
        shell(f"from read_text('{file}')")
    shell(query, unsafe=True)
    assert CANARIES["raw"] in file.read_text()
    store = sqlite3.connect(home.places["store"])
    audit = store.execute("select actor, action, subject from audit").fetchall()
    store.close()
    assert audit == [(getpass.getuser(), "sql unsafe", "one")]


def test_values_are_printed_as_they_are(home: SmallHome) -> None:
    printed = session(["select '[/b] [red]' as a"], home)
    assert "[/b] [red]" in printed


def test_nothing_stays_beside_the_generation(home: SmallHome) -> None:
    before = set(Path(home.places["generation"]).parent.iterdir())
    session(["create temp table t as select range from range(10)"], home)
    assert set(Path(home.places["generation"]).parent.iterdir()) == before


def test_arrow_hands_over_what_the_files_hold(tmp_path: Path) -> None:
    """Of files of several versions of a contract, too: other types, columns that one lacks."""
    rows = (
        "select 1::bigint as id, 9.99::decimal(18, 2) as amount, timestamp '2026-01-31' as at",
        "select '2' as id, '3' as amount",
        "select 3::integer as id, null::decimal(18, 2) as amount, '{\"a\": [1]}'::json as extra",
        "select 4::bigint as id, true as is_new, 1.5::double as amount where false",
    )
    files = []
    with duckdb.connect() as connection:
        for number, row in enumerate(rows):
            files.append(str(tmp_path / f"[{number}]*.parquet"))
            connection.execute(f"copy ({row}) to '{files[-1]}' (format parquet)")
    columns = {"id": "bigint", "amount": "decimal(18, 2)", "at": "timestamp"}
    columns |= {"extra": "varchar", "is_new": "boolean", "missing": "date"}
    inputs = make_inputs(tmp_path, relations={"raw.shop_orders": Relation(columns, tuple(files))})
    connect(inputs, write=True).close()
    found = []
    for opened in (connect(inputs), connect_for_people(inputs)):
        found.append(opened.execute("from raw.shop_orders order by id").fetchall())
        found.append(opened.execute("describe raw.shop_orders").fetchall())
        opened.close()
    assert found[:2] == found[2:] and len(found[0]) == 3


def test_an_analysts_dbt_opens_no_file_and_knows_what_its_models_need(
    home: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = Path(home.places["generation"])
    monkeypatch.setenv("CLIENTELE_INPUTS", str(generation.with_suffix(".inputs.json")))
    monkeypatch.setenv("CLIENTELE_DEV_FILE", str(tmp_path / "dev.duckdb"))
    plugin = Plugin("clientele", {})
    with duckdb.connect(":memory:") as connection:
        plugin.configure_connection(connection)
        with connection.cursor() as cursor:
            plugin.configure_cursor(cursor)
            cursor.execute("create table dev.main.drafted as select note from raw.shop_orders")
            key = cursor.execute("select getvariable('customer_id_key')").fetchall()
            with pytest.raises(duckdb.PermissionException):
                cursor.execute(f"from read_text('{home.places['key']}')")
            with pytest.raises(duckdb.PermissionException):
                cursor.execute(f"copy dev.main.drafted to '{tmp_path}/written.csv'")
            with pytest.raises(duckdb.PermissionException):
                cursor.execute(f"copy dev.main.drafted to '{home.places['raw']}'")
            with pytest.raises(duckdb.PermissionException):
                cursor.execute("load httpfs")
            seeds = cursor.execute(f"from read_csv('{SEEDS}/currencies.csv') limit 1").fetchall()
    assert key == [(CANARIES["key"],)] and seeds
    assert duckdb.connect(str(tmp_path / "dev.duckdb")).execute("from drafted").fetchall()

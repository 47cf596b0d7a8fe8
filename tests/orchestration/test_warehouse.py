"""Generations: built aside, hashed, sealed, published by moving a pointer."""

from pathlib import Path

import duckdb
import pytest
from generation_makers import AS_OF, BACKTESTS, make_inputs

from expectations.report import GateResult
from orchestration.control.store import ControlStore
from orchestration.warehouse.connection import connect
from orchestration.warehouse.content_hash import generation_hash, table_hashes
from orchestration.warehouse.generations import Generations, NoGenerationError
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS, customer_ids, export_histories
from orchestration.warehouse.inputs import Inputs, Relation
from orchestration.warehouse.publish import publish


def build(
    inputs: Inputs, orders: str = "(1, 'a'), (2, null)", people: str = "('r1', 'c1'), ('r2', 'c1')"
) -> None:
    connection = connect(inputs, write=True)
    for schema in ("core", "identity", "marts", "segments"):
        connection.execute(f"create schema clientele.{schema}")
    connection.execute(
        f"create table clientele.core.orders as select * from (values {orders}) as t(id, note)"
    )
    connection.execute(
        "create table clientele.identity.identity_map as select *"
        f" from (values {people}) as t(record_id, customer_id)"
    )
    connection.execute(
        "create table clientele.segments.membership_changes as select 'vip' as segment,"
        " 'c1' as customer_id, 'entered' as change,"
        " 1 as segment_version, getvariable('as_of')::timestamp as as_of"
    )
    connection.execute(
        "create table clientele.marts.month_revisions as"
        " select date '2026-06-01' as calendar_month, 'EUR' as currency_code, 3 as orders_count,"
        " 20.10 as gross_revenue, 19.90 as net_revenue, getvariable('as_of')::timestamp as as_of,"
        " 2 as money_definition"
    )
    connection.execute(BACKTESTS)
    connection.execute(
        "insert into clientele.marts.ltv_backtests values ('2026-01-01', 90, 180, 'mbg_nbd',"
        " 'all customers', true, 9, 4, 4.5, 0.8889, 0.7, 0.5, null, 2), ('2026-01-01',"
        " 90, 180, 'bg_nbd', 'all customers', false, 9, 4, 5.5, 0.7273, 0.8, 0.6, null, 2)"
    )
    connection.close()


def hashes(inputs: Inputs) -> dict[str, str]:
    connection = connect(inputs)
    found = {table.table: table.hash for table in table_hashes(connection)}
    connection.close()
    return found


def test_inputs_survive_the_way_through_a_file(tmp_path: Path) -> None:
    inputs = make_inputs(
        tmp_path, relations={"raw.x": Relation({"a": "bigint"}, ("/nowhere.parquet",))}
    )
    assert Inputs.load(tmp_path / "generations" / "gen-one.inputs.json") == inputs


def test_a_connection_sees_layers_and_sources_by_their_own_names(tmp_path: Path) -> None:
    duckdb.sql("select 7 as a").write_parquet(str(tmp_path / "x.parquet"))
    relations = {
        "raw.full": Relation({"a": "bigint"}, (str(tmp_path / "x.parquet"),)),
        "raw.empty": Relation({"a": "bigint", "b": "decimal(18,3)"}),
        "ids.customer_ids": Relation(CUSTOMER_ID_COLUMNS),
    }
    inputs = make_inputs(tmp_path, relations=relations)
    build(inputs)
    connection = connect(inputs)
    assert connection.execute("select a from raw.full").fetchall() == [(7,)]
    assert connection.execute("select * from raw.empty").description[1][1] == "DECIMAL(18,3)"
    assert connection.execute("select count(*) from core.orders").fetchall() == [(2,)]
    assert connection.execute("select getvariable('as_of')").fetchall() == [(AS_OF,)]
    with pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("create table clientele.core.x as select 1")
    connection.close()


def test_the_content_hash_does_not_see_order_but_sees_every_value(tmp_path: Path) -> None:
    variants = {
        "same": "(1, 'a'), (2, null)",
        "turned": "(2, null), (1, 'a')",
        "empty text": "(1, 'a'), (2, '')",
        "moved": "(1, null), (2, 'a')",
        "twice": "(1, 'a'), (1, 'a')",
    }
    found = {}
    for name, rows in variants.items():
        folder = tmp_path / name
        folder.mkdir()
        inputs = make_inputs(folder)
        build(inputs, orders=rows)
        found[name] = hashes(inputs)["core.orders"]
    assert found["same"] == found["turned"]
    assert len(set(found.values())) == len(variants) - 1


def test_a_histories_table_does_not_change_a_generations_hash(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    build(inputs)
    connection = connect(inputs, write=True)
    before = generation_hash(table_hashes(connection))
    connection.execute("update clientele.segments.membership_changes set change = 'left'")
    assert generation_hash(table_hashes(connection)) == before
    connection.execute("update clientele.core.orders set note = 'b'")
    assert generation_hash(table_hashes(connection)) != before
    connection.close()


def test_sealing_leaves_no_log_and_describes_the_file(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    build(inputs)
    generations = Generations(tmp_path / "generations")
    gate = GateResult("core", "orders", "rows", "critical", "passed", "2", "> 0")
    sealed = generations.seal(inputs, [gate], ledger_head=3, code_version="abc")
    assert not list(generations.folder.glob("*.wal"))
    assert sealed.rows["core.orders"] == 2
    assert generations.read("one") == sealed
    connection = connect(inputs)
    assert connection.execute("select status from quality.results").fetchall() == [("passed",)]
    connection.close()


def test_publishing_moves_the_pointer_and_extends_the_histories_once(tmp_path: Path) -> None:
    store = ControlStore.open(tmp_path / "control.sqlite")
    generations = Generations(tmp_path / "generations")
    with pytest.raises(NoGenerationError, match="clientele nightly"):
        generations.current()
    inputs = make_inputs(tmp_path)
    build(inputs)
    generations.seal(inputs, [], 0, "abc")
    assert publish(generations, store, inputs, tmp_path / "ids") == 2
    assert generations.current() == "one"
    ids = customer_ids(store, tmp_path / "ids", AS_OF)
    assert len(ids.files) == 1
    # The same night again: nothing is new, and what it added to the histories is
    # replaced, not doubled.
    again = make_inputs(tmp_path, "two", {"ids.customer_ids": ids})
    build(again)
    generations.seal(again, [], 0, "abc")
    assert publish(generations, store, again, tmp_path / "ids") == 0
    assert len(store.query("select * from segment_changes")) == 1
    months = [
        tuple(row)
        for row in store.query(
            "select calendar_month, orders_count, gross_revenue, net_revenue, run_id"
            " from month_figures"
        )
    ]
    assert months == [("2026-06-01", 3, "20.10", "19.90", "two")]
    backtests = store.query(
        "select model, segment, horizon_days, expected_orders, rank_correlation, run_id"
        " from backtest_figures"
    )
    assert [tuple(row) for row in backtests] == [
        ("mbg_nbd", "all customers", 90, "4.5000", None, "two")
    ]
    assert generations.current() == "two"
    generations.point_to("one")
    assert generations.current() == "one"


def test_histories_end_before_the_night_and_the_ledger_with_it(tmp_path: Path) -> None:
    store = ControlStore.open(tmp_path / "control.sqlite")
    with store.transaction() as db:
        for as_of in ("2026-06-29T22:00:00Z", "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z"):
            db.execute(
                "insert into segment_changes values ('vip', 'c', 'entered', 1, ?, 'r')", [as_of]
            )
            db.execute(
                "insert into extract_files (file_id, sha256, source, table_name, path, size, as_of,"
                " run_id, contract_version,"
                " status, loaded_at) values (?, ?, 's', 't', 'p', 1, ?, 'r', 1, 'loaded', 't')",
                [as_of, as_of, as_of],
            )
    relations = export_histories(store, tmp_path / "out", AS_OF)

    def count(name: str) -> int:
        return int(
            duckdb.sql(
                f"select count(*) from read_parquet('{relations[name].files[0]}')"
            ).fetchall()[0][0]
        )

    assert count("control.segment_changes") == 1
    assert count("control.extract_files") == 2
    assert count("control.delivery_log") == 0

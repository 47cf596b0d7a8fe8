"""Every model builds when nothing was delivered, and the unit tests beside the models pass."""

import os
from pathlib import Path

from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner, close_connections
from tests.core.empty_generation import built_on_nothing, copy_of


def test_every_model_and_data_test_passes_on_nothing(runner: DbtRunner) -> None:
    _, result = built_on_nothing(runner)
    assert result.succeeded, (result.errored, result.failed_tests, result.messages)


def test_nothing_comes_of_nothing(runner: DbtRunner) -> None:
    inputs, _ = built_on_nothing(runner)
    connection = connect(inputs)
    tables = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = 'clientele' and schema_name in ('core', 'marts',"
        " 'segments', 'sync') order by 1"
    ).fetchall()
    filled = [
        table
        for (table,) in tables
        if connection.execute(f"select count(*) from clientele.{table}").fetchall() != [(0,)]
    ]
    connection.close()
    assert len(tables) > 25
    assert filled == []


def test_no_model_compares_all_rows_with_all(runner: DbtRunner) -> None:
    """A join without an equality of columns is a loop over both sides:
    right in every small test, and hours on a real shop.

    A cross join with a single row or a short list is written as one, and is no loop in the plan.
    """
    inputs, _ = built_on_nothing(runner)
    connection = connect(inputs)
    connection.execute(
        "set disabled_optimizers = 'statistics_propagation,empty_result_pullup'"
    )  # else nothing is planned for nothing
    compiled = sorted(
        (runner.folder / "target-nothing" / "compiled" / "clientele" / "models").rglob("*.sql")
    )
    models = [file for file in compiled if not file.parent.name.endswith(".yml")]
    explained = "explain (format json) "
    plans = {
        file.stem: connection.execute(explained + file.read_text(encoding="utf-8")).fetchall()[0][1]
        for file in models
    }
    connection.close()
    assert len(plans) > 60
    loops = {
        name
        for name, plan in plans.items()
        if "BLOCKWISE_NL_JOIN" in plan or "NESTED_LOOP_JOIN" in plan
    }
    assert loops == {"exchange_rates"}  # its loop is over the one row of its bounds


def test_unit_tests_but_those_of_identity(runner: DbtRunner, tmp_path: Path) -> None:
    from dbt.cli.main import dbtRunner

    inputs, _ = built_on_nothing(runner)
    copy_of(inputs, tmp_path)  # dbt opens it for writing: the original is for all workers to read
    layers = ("staging", "core", "marts", "segments", "sync")
    os.environ["CLIENTELE_INPUTS"] = str(tmp_path / "inputs.json")
    folders = [
        "--project-dir",
        str(runner.project),
        "--profiles-dir",
        str(runner.project),
        "--target-path",
        str(tmp_path / "target"),
    ]
    select = [
        "--select",
        *(f"path:models/{layer},test_type:unit" for layer in layers),
        "--log-path",
        str(tmp_path / "logs"),
    ]
    try:
        result = dbtRunner(manifest=runner.manifest).invoke(["--quiet", "test", *folders, *select])
    finally:
        close_connections()
    outcomes = {node.node.name: str(node.status) for node in result.result}
    assert len(outcomes) > 30
    assert set(outcomes.values()) == {"pass"}, outcomes

"""Every model builds when nothing was delivered, and the unit tests beside the models pass."""

import os
from pathlib import Path

from orchestration.dbt_runner import DbtRunner, close_connections
from orchestration.warehouse.connection import connect
from tests.core.empty_generation import built_on_nothing, copy_of


def test_every_model_and_data_test_passes_on_nothing(runner: DbtRunner) -> None:
    _, result = built_on_nothing(runner)
    assert result.succeeded, (result.errored, result.failed_tests, result.messages)


def test_nothing_comes_of_nothing(runner: DbtRunner) -> None:
    inputs, _ = built_on_nothing(runner)
    connection = connect(inputs)
    tables = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = 'clientele' and schema_name in ('core', 'marts', 'segments', 'sync') order by 1"
    ).fetchall()
    filled = [table for (table,) in tables if connection.execute(f"select count(*) from clientele.{table}").fetchall() != [(0,)]]
    connection.close()
    assert len(tables) > 25
    assert filled == []


def test_unit_tests_from_core_on(runner: DbtRunner, tmp_path: Path) -> None:
    from dbt.cli.main import dbtRunner

    inputs, _ = built_on_nothing(runner)
    copy_of(inputs, tmp_path)  # dbt opens it for writing: the original is for all workers to read
    layers = ("core", "marts", "segments", "sync")
    os.environ["CLIENTELE_INPUTS"] = str(tmp_path / "inputs.json")
    folders = ["--project-dir", str(runner.project), "--profiles-dir", str(runner.project), "--target-path", str(tmp_path / "target")]
    select = ["--select", *(f"path:models/{layer},test_type:unit" for layer in layers), "--log-path", str(tmp_path / "logs")]
    try:
        result = dbtRunner(manifest=runner.manifest).invoke(["--quiet", "test", *folders, *select])
    finally:
        close_connections()
    outcomes = {node.node.name: str(node.status) for node in result.result}
    assert len(outcomes) > 30
    assert set(outcomes.values()) == {"pass"}, outcomes

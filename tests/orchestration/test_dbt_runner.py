"""dbt inside the process: it tells every result, leaves no connection behind,
and the private names it needs are where they were."""

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from generation_makers import make_inputs

from ingestion.layers import LAYERS
from orchestration.layers import STEP_LAYER
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import (
    PARTIAL_PARSE,
    DbtRunner,
    close_connections,
    parts_of,
)
from orchestration.warehouse.inputs import Inputs


def test_the_private_names_that_close_dbts_connection_are_where_they_were() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.duckdb.environments import Environment
    from dbt.adapters.factory import reset_adapters

    assert hasattr(DuckDBConnectionManager, "_ENV"), (
        "dbt-duckdb moved its environment: adapt close_connections"
    )
    assert callable(Environment.close)
    assert callable(reset_adapters)
    close_connections()
    assert DuckDBConnectionManager._ENV is None


def test_a_parse_begins_with_what_the_last_one_left_or_with_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, found = tmp_path / "target" / PARTIAL_PARSE, []

    class Parser:
        def invoke(self, arguments: list[str]) -> SimpleNamespace:
            found.append(left.read_bytes() if left.exists() else None)
            left.parent.mkdir(exist_ok=True)
            left.write_bytes(b"parsed")
            return SimpleNamespace(success=True, result="manifest")

    monkeypatch.setattr("dbt.cli.main.dbtRunner", Parser)
    runner = DbtRunner(tmp_path)
    runner.parse(), runner.parse()
    left.write_bytes(b"parsee")
    runner.parse()
    assert found == [None, b"parsed", None]


def test_a_build_tells_its_results_and_frees_the_file(
    runner: DbtRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    inputs: Inputs = make_inputs(tmp_path)
    events: list[str] = []
    result = runner.build(
        tmp_path / "generations" / "gen-one.inputs.json",
        ["currencies"],
        on_event=lambda event: events.append(event["info"]["name"]),
        target="test",
    )
    assert result.succeeded
    assert "LogSeedResult" in events
    assert "LogTestResult" in events
    # A second writer gets the file at once, in the same process: nobody holds it any more.
    duckdb.connect(str(inputs.generation)).close()
    connection = connect(inputs)
    assert connection.execute(
        "select minor_units from seeds.currencies where currency_code = 'JPY'"
    ).fetchall() == [(0,)]
    connection.close()
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


def test_a_model_that_fails_is_told_and_not_printed(
    runner: DbtRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    make_inputs(tmp_path)
    result = runner.build(
        tmp_path / "generations" / "gen-one.inputs.json", ["stg_ecb__rates"], target="test"
    )
    assert not result.succeeded
    assert result.errored == ["model.clientele.stg_ecb__rates"]
    assert any("ecb_rates" in message for message in result.messages)
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


def test_the_parts_of_the_path_are_one_a_layer_and_two_round_its_steps() -> None:
    names = [part.name for layer in LAYERS for part in parts_of(layer)]
    assert len(names) == len(LAYERS) + len(set(STEP_LAYER.values()))
    assert len(set(names)) == len(names)

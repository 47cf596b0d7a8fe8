"""The whole project, on nothing at all: what two nights of different days have rendered, byte for
byte, and what is made when one is sent again."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from orchestration.warehouse.connection import connect
from orchestration.warehouse.content_hash import table_hashes
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay import recording
from orchestration.warehouse.replay.runner import PARTS, ReplayingDbt
from tests.core.empty_generation import built_on_nothing


def night(
    parsed: Path, folder: Path, kept: Path, nothing: Inputs, days: int
) -> tuple[Inputs, ReplayingDbt]:
    """Every part, as of so many days later, in a folder of its own."""
    shutil.copytree(parsed, folder)
    day = timedelta(days=days)
    inputs = replace(
        nothing,
        run_id=f"night-{folder.name}",
        as_of=nothing.as_of + day,
        as_of_date=nothing.as_of_date + day,
        generation=folder / "generation.duckdb",
    )
    file, dbt = inputs.save(folder / "inputs.json"), ReplayingDbt(folder, kept)
    for part in PARTS:
        done = dbt.build(file, part.select.split(), part.exclude.split(), target=part.name)
        assert done.succeeded, done.messages
    return inputs, dbt


def kept_statements(folder: Path) -> dict[str, list[recording.Statement]]:
    """Node → its statements, of every part that is kept."""
    found = {}
    for part in PARTS:
        kept = recording.read(next(folder.glob(f"{part.name}-*.json")))
        assert kept is not None
        found |= {node.unique_id: node.statements for node in kept.nodes}
    return found


def test_two_days_render_the_same_and_one_is_sent_as_the_other(
    runner: DbtRunner, parsed: Path, tmp_path: Path
) -> None:
    nothing, _ = built_on_nothing(runner)
    night(parsed, tmp_path / "one", tmp_path / "kept-one", nothing, days=0)
    two, _ = night(parsed, tmp_path / "two", tmp_path / "kept-two", nothing, days=40)
    assert kept_statements(tmp_path / "kept-one") == kept_statements(tmp_path / "kept-two")
    again, dbt = night(parsed, tmp_path / "again", tmp_path / "kept-one", nothing, days=40)
    assert dbt.notes == {part.name: "sent again" for part in PARTS}
    assert _content(again) == _content(two)


def _content(inputs: Inputs) -> object:
    connection = connect(inputs)
    try:
        return table_hashes(connection)
    finally:
        connection.close()

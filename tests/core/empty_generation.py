"""A generation built on nothing at all, once for every test and worker that wants one,
and rows put into copies of it by hand."""

import functools
import os
import pickle
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from declared_sources import declared_relations
from filelock import FileLock

from ingestion.contracts.contract import all_tables, raw_columns
from ingestion.contracts.reading import load_contracts
from orchestration.control.store import ControlStore
from orchestration.steps.run import STEP_COLUMNS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import BuildResult, DbtRunner
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS, export_histories
from orchestration.warehouse.inputs import Inputs, Relation

AS_OF = datetime(2024, 6, 30, 22)
EVERYTHING = ["path:seeds", "path:models"]
# What a column holds when a test does not say: DuckDB type (its first word) → value.
_FILLER: dict[str, Any] = {
    "VARCHAR": "x",
    "BOOLEAN": False,
    "INTEGER": 0,
    "BIGINT": 0,
    "DATE": date(2024, 6, 1),
    "TIMESTAMP": datetime(2024, 6, 1, 12),
}


@functools.cache
def built_on_nothing(runner: DbtRunner) -> tuple[Inputs, BuildResult]:
    """Every model and data test of the project, with no extract, no history and no step's result.

    Read-only: copy it to write.
    """
    # The folder of the whole test run: workers have one each below it.
    folder = runner.folder.parents[2 if "PYTEST_XDIST_WORKER" in os.environ else 1] / "nothing"
    answer = folder / "built.pickle"
    with FileLock(folder.with_suffix(".lock")):
        if not answer.exists():
            answer.write_bytes(pickle.dumps(_build_on_nothing(runner, folder)))
    # Where this worker would have them had it built itself: each query as dbt compiled it.
    (runner.folder / "target-nothing").symlink_to(folder / "target-nothing")
    inputs, result = pickle.loads(answer.read_bytes())
    return inputs, result


def _build_on_nothing(runner: DbtRunner, folder: Path) -> tuple[Inputs, BuildResult]:
    folder.mkdir()
    (folder / "key").write_text("00ff", encoding="ascii")
    relations = {
        f"raw.{table.raw_name}": Relation(raw_columns(table))
        for table in all_tables(load_contracts())
    }
    relations |= {
        f"steps.{name}": Relation(dict(columns)) for name, columns in STEP_COLUMNS.items()
    }
    relations |= declared_relations(folder)
    relations["ids.customer_ids"] = Relation(CUSTOMER_ID_COLUMNS)
    store = ControlStore.open(folder / "control.sqlite")
    relations |= export_histories(store, folder / "histories", AS_OF)
    store.close()
    inputs = Inputs(
        run_id="nothing",
        as_of=AS_OF,
        as_of_date=date(2024, 6, 30),
        generation=folder / "nothing.duckdb",
        key_file=folder / "key",
        variables={
            "shop_time_zone": "Europe/Berlin",
            "reporting_currency": "EUR",
            "shop_currency": "EUR",
            "gross_margin": "0.4",
            "shipping_margin": "0",
        },
        relations=relations,
    )
    own = DbtRunner(folder)
    own.manifest = runner.manifest
    result = own.build(inputs.save(folder / "nothing.json"), EVERYTHING, target="nothing")
    return inputs, result


def copy_of(inputs: Inputs, folder: Path, **changes: Any) -> Inputs:
    """The same generation as a file of its own in `folder`, saved there as inputs.json;
    `changes` replace fields of the inputs."""
    generation = folder / "copy.duckdb"
    shutil.copyfile(inputs.generation, generation)
    copied = replace(inputs, generation=generation, **changes)
    copied.save(folder / "inputs.json")
    return copied


def insert(inputs: Inputs, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Put rows into tables (`core.orders`): what a row does not name is filled with something
    of the right type."""
    connection = connect(inputs, write=True)
    for table, given in rows:
        columns = connection.execute(f"describe clientele.{table}").fetchall()
        unknown = set(given) - {name for name, *_ in columns}
        assert not unknown, f"{table} has no column {unknown}"
        values = {
            name: given[name] if name in given else _filler(kind) for name, kind, *_ in columns
        }
        marks = ", ".join("?" for _ in values)
        connection.execute(
            f"insert into clientele.{table} ({', '.join(values)}) values ({marks})",
            list(values.values()),
        )
    connection.close()


def _filler(kind: str) -> Any:
    return 0 if kind.startswith("DECIMAL") else _FILLER.get(kind)

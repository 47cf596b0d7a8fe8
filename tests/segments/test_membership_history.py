"""Segments over several nights: who stays makes no change,
and building a night again changes nothing."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.times import iso
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.inputs import Inputs, Relation
from tests.core.empty_generation import AS_OF, built_on_nothing, copy_of, insert

HISTORY = ["segment", "customer_id", "change", "segment_version", "as_of", "run_id"]
Change = tuple[str, str, str, int, datetime]


def _changes(inputs: Inputs) -> list[Change]:
    connection = connect(inputs)
    rows = connection.execute(
        "select segment, customer_id, change, segment_version, as_of"
        " from segments.membership_changes order by as_of, customer_id, change"
    ).fetchall()
    connection.close()
    return rows


def _night(
    runner: DbtRunner, folder: Path, as_of: datetime, buyers: dict[str, int], history: list[Change]
) -> list[Change]:
    """Build the segments of a night in which `buyers` (id → lifetime value) exist;
    returns the whole history after it."""
    folder.mkdir()
    rows = [(*change[:4], iso(change[4]), "r") for change in history]
    columns = list(zip(*rows, strict=True)) or [()] * len(HISTORY)
    types = [pa.int64() if name == "segment_version" else pa.string() for name in HISTORY]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=HISTORY), folder / "changes.parquet")
    empty, _ = built_on_nothing(runner)
    changes = Relation(
        empty.relations["control.segment_changes"].columns, (str(folder / "changes.parquet"),)
    )
    inputs = copy_of(
        empty,
        folder,
        as_of=as_of,
        relations={**empty.relations, "control.segment_changes": changes},
    )
    insert(
        inputs,
        [
            ("marts.customer_lifetime_values", {"customer_id": name, "lifetime_value": value})
            for name, value in buyers.items()
        ],
    )
    result = runner.build(folder / "inputs.json", ["path:models/segments"], target="segments")
    assert result.succeeded, (result.errored, result.failed_tests, result.messages)
    return _changes(inputs)


def test_three_nights_and_one_of_them_twice(runner: DbtRunner, tmp_path: Path) -> None:
    first, second, third = AS_OF, AS_OF + timedelta(days=1), AS_OF + timedelta(days=2)
    after_first = _night(runner, tmp_path / "1", first, {"ann": 100, "bob": 1}, [])
    assert after_first == [("high_value", "ann", "entered", 1, first)]

    again = _night(runner, tmp_path / "1-again", first, {"ann": 100, "bob": 1}, [])
    assert again == after_first

    after_second = _night(runner, tmp_path / "2", second, {"ann": 100, "bob": 2}, after_first)
    assert after_second == after_first

    after_third = _night(runner, tmp_path / "3", third, {"ann": 100, "bob": 200}, after_second)
    assert after_third == [
        *after_first,
        ("high_value", "ann", "left", 1, third),
        ("high_value", "bob", "entered", 1, third),
    ]

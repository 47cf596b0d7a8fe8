"""Histories as of a night: what the control store and the id ledger hand to a generation,
as relations that dbt reads as sources."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.files import DamagedFileError, sha256_of
from ingestion.times import iso
from orchestration.control.store import ControlStore
from orchestration.warehouse.inputs import Relation

# Table of the control store → which of its rows a night may see. `?` is the night's as_of: what
# the night itself wrote when it was first built must not change its rebuild, so histories end
# before it; the ledger and the rules of people end with it.
_HISTORIES = {
    # A file that a later night superseded was still good in this one.
    "extract_files": "as_of <= ?1 and (status = 'loaded' or superseded_as_of > ?1)",
    "identity_overrides": "created_at <= ?1 and (revoked_at is null or revoked_at > ?1)",
    "segment_changes": "as_of < ?",
    "finding_changes": "as_of < ?",
    "month_figures": "as_of < ?",
    "backtest_figures": "as_of < ?",
    "gate_results": "as_of < ?",
    "table_counts": "as_of < ?",
    "sync_runs": "as_of < ?",
    "delivery_log": "as_of < ?",
}
_TYPES = {"INTEGER": ("bigint", pa.int64()), "TEXT": ("varchar", pa.string())}

CUSTOMER_ID_COLUMNS = {
    "record_id": "varchar",
    "customer_id": "varchar",
    "as_of": "timestamp",
    "sequence": "bigint",
}


def export_histories(store: ControlStore, folder: Path, as_of: datetime) -> dict[str, Relation]:
    """Write each history as of `as_of` to `folder` as Parquet;
    returns the relations `control.<table>`."""
    folder.mkdir(parents=True, exist_ok=True)
    relations = {}
    for table, condition in _HISTORIES.items():
        columns = {
            row["name"]: row["type"].upper()
            for row in store.query(f"select name, type from pragma_table_info('{table}')")
        }
        rows = store.query(f"select * from {table} where {condition} order by rowid", [iso(as_of)])
        path = folder / f"{table}.parquet"
        pq.write_table(_arrow(rows, columns), path, compression="zstd")
        relations[f"control.{table}"] = Relation(
            {name: _TYPES[kind][0] for name, kind in columns.items()}, (str(path),)
        )
    return relations


def _arrow(rows: list[sqlite3.Row], columns: dict[str, str]) -> pa.Table:
    """SQLite rows as an Arrow table with the declared types."""
    by_column = (
        list(zip(*(tuple(row) for row in rows), strict=True)) if rows else [()] * len(columns)
    )
    arrays = [
        pa.array(values, _TYPES[kind][1])
        for values, kind in zip(by_column, columns.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(columns))


def customer_ids(store: ControlStore, ids: Path, as_of: datetime) -> Relation:
    """The id ledger as of `as_of`: the deltas of every night up to then.

    Errors: `DamagedFileError` when one is gone or not as it was written: other ids than those that
    were given out would be sent as other people.
    """
    rows = store.query(
        "select path, sha256 from customer_id_files where as_of <= ? order by sequence",
        [iso(as_of)],
    )
    for path, sha256 in rows:
        file = ids / path
        if not file.exists() or sha256_of(file) != sha256:
            raise DamagedFileError(
                f"{file}: is gone or not as it was written; restore it from the backup of ids/"
            )
    return Relation(CUSTOMER_ID_COLUMNS, tuple(str(ids / row["path"]) for row in rows))

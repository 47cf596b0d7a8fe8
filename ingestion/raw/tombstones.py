"""What a snapshot lacks of the ones before it: the last version of each such record stays in raw,
flagged as deleted."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from ingestion.contracts.contract import TableContract, raw_columns
from ingestion.quarantine.bad_rows import PARQUET
from ingestion.raw.raw_files import RawFolder
from ingestion.sql import name, parquet, quote


def write_tombstones(
    raw: RawFolder,
    table: TableContract,
    before: Sequence[str],
    now: Sequence[str],
    target: Path,
    *,
    are_gone: bool,
) -> int:
    """Write to `target` the rows of the raw files `before` whose key none of the files `now` has;
    returns how many (0: no file).

    Rows keep where they came from and when, so that the record counts as alive as soon as
    a later file has it again. Unless `are_gone` they are not flagged: nobody can say then that
    the records are deleted.
    """
    key = ", ".join(name(column) for column in table.key)
    version = f"{name(table.version_column)} desc nulls last, " if table.version_column else ""
    same = " and ".join(
        f"now.{name(column)} is not distinct from before.{name(column)}" for column in table.key
    )
    gone = (
        f"select * {'replace (true as _is_deleted) ' if are_gone else ''}from"
        f" {raw_relation(table, before)} as before\n"
        f"where not exists (select 1 from {raw_relation(table, now)} as now where {same})\n"
        f"qualify row_number() over (partition by {key} order by {version}_arrival desc,"
        " _line_number desc) = 1"
    )
    connection = raw.connect()
    try:
        connection.execute(f"copy ({gone}) to {quote(str(target))} {PARQUET}")
        rows = int(connection.execute(f"select count(*) from {parquet(target)}").fetchall()[0][0])
    finally:
        connection.close()
    if not rows:
        target.unlink()
    return rows


def brings_again(raw: RawFolder, table: TableContract, before: str, now: str) -> bool:
    """Whether the raw file `now` has every row of the raw file `before`:
    by its key, or whole where there is none."""
    columns = table.key or [column.name for column in table.columns]
    texts = ", ".join(f"{name(column)}::varchar" for column in columns)
    connection = raw.connect()
    try:
        lost = (
            f"select {texts} from {parquet(before)} except all select {texts} from {parquet(now)}"
        )
        return not connection.execute(f"select count(*) from ({lost})").fetchall()[0][0]
    except (
        duckdb.BinderException
    ):  # an earlier contract shaped it, with other columns: nobody can say
        return False
    finally:
        connection.close()


def raw_relation(table: TableContract, files: Sequence[str]) -> str:
    """SQL of raw files in the columns of the contract."""
    return together(table, [f"select * from {parquet(*files, by_name=True)}"])


def together(table: TableContract, queries: Sequence[str]) -> str:
    """SQL of queries on raw files, read together by name in the columns of the contract,
    whatever revision they are of."""
    columns = raw_columns(table)
    nothing = ", ".join(f"null::{kind} as {name(column)}" for column, kind in columns.items())
    wanted = ", ".join(
        f"{name(column)}::{kind} as {name(column)}" for column, kind in columns.items()
    )
    union = "\n    union all by name ".join([f"select {nothing} where false", *queries])
    return f"(select {wanted} from ({union}))"

"""Rows that could not be loaded: where they lie, how they are written and shown. Whole in a restricted file, masked on a screen."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.checks import TextRelation, bad_rows, quote
from ingestion.contracts import TableContract
from ingestion.ledger import Ledger, Store

FOLDER = "_quarantine"
COLUMNS = {
    "source": "VARCHAR",
    "table_name": "VARCHAR",
    "file_id": "VARCHAR",
    "file_path": "VARCHAR",
    "line_number": "BIGINT",
    "column_name": "VARCHAR",
    "reason": "VARCHAR",
    "raw_row": "VARCHAR",
}
EVIDENCE_ROWS = 1000  # of a refused file this many rows are kept: enough to see why; the file itself stays where it is
# Letters and digits are personal until somebody opens the restricted file; the shape of a row is enough to see what is wrong.
_MASKED = r"regexp_replace(regexp_replace(raw_row, '\p{N}', '9', 'g'), '\p{L}', 'x', 'g')"


def copy_bad_rows(table: TableContract, source: TextRelation, file_id: str, path: str, target: Path, limit: int | None) -> str:
    """COPY that writes a file's bad rows (at most `limit`) to `target`, in line order."""
    constants = (
        f"{quote(table.source)} as source, {quote(table.name)} as table_name, {quote(file_id)} as file_id, {quote(path)} as file_path"
    )
    rows = f"select * from ({bad_rows(table, source)})" + (f" limit {limit}" if limit is not None else "")
    return (
        f"copy (select {constants}, line_number, column_name, reason, raw_row from ({rows}))\n"
        f"to {quote(str(target))} (format parquet, parquet_version v2, compression zstd, compression_level 3)"
    )


def first_bad_line(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """Line of the first row in a quarantine file."""
    return int(connection.execute(f"select min(line_number) from read_parquet({quote(str(file))})").fetchall()[0][0])


def count_reasons(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, int]:
    """How often each reason stands in a quarantine file, commonest first. A row can have several."""
    rows = connection.execute(
        f"with parts as (select unnest(string_split(reason, '; ')) as part from read_parquet({quote(str(file))}))\n"
        "select part, count(*) as rows from parts group by part order by rows desc, part"
    ).fetchall()
    return dict(rows)


def refusal_for_bad_rows(table: TableContract, rows: int, bad: int) -> str | None:
    """Why a file with so many bad rows is refused whole; None when its good rows may be loaded."""
    if bad and bad == rows:
        return f"none of its {rows} rows can be used"
    if bad > table.rows_allowed_bad(rows):
        return f"{bad} of its {rows} rows are bad, more than the {table.rows_allowed_bad(rows)} that quarantine_limit allows"
    return None


def quarantine_files(store: Store, as_of: datetime) -> list[str]:
    """The quarantine files of the files loaded by `as_of`, below raw/."""
    return [entry.quarantine_path for entry in Ledger(store).live_entries(as_of) if entry.rows_quarantined]


def quarantined_rows(raw: Path, files: Sequence[str], *, masked: bool = True) -> list[dict[str, Any]]:
    """The rows of quarantine files, newest file last; `masked` hides letters and digits of the raw row.

    Whole rows hold personal data: ask for them only to mend and replay.
    """
    if not files:
        return []
    shown = f"{_MASKED} as raw_row" if masked else "raw_row"
    paths = ", ".join(quote(str(raw / file)) for file in files)
    columns = ", ".join(column for column in COLUMNS if column != "raw_row")
    connection = duckdb.connect()
    try:
        rows = connection.execute(f"select {columns}, {shown} from read_parquet([{paths}])").fetchall()
    finally:
        connection.close()
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

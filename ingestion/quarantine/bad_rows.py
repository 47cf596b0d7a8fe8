"""Rows that could not be loaded: where they lie, how they are written and shown.

Whole in a restricted file, masked on a screen.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.contracts.contract import TableContract
from ingestion.entry import Entry
from ingestion.ledger import Ledger, Store
from ingestion.load.casts import TextRelation, bad_rows
from ingestion.masking import masked_sql
from ingestion.raw.raw_files import RawFolder
from ingestion.sql import parquet, quote
from ingestion.times import iso

COLUMNS = {
    "source": "VARCHAR",
    "table_name": "VARCHAR",
    "file_id": "VARCHAR",
    "file_path": "VARCHAR",
    "line_number": "BIGINT",
    "column_name": "VARCHAR",
    "reason": "VARCHAR",
    "header": "VARCHAR",
    "raw_row": "VARCHAR",
}
PARQUET = "(format parquet, parquet_version v2, compression zstd, compression_level 3)"
# of a refused file this many rows are kept: enough to see why; the file itself stays where it is
EVIDENCE_ROWS = 1000


def copy_bad_rows(
    table: TableContract,
    source: TextRelation,
    file_id: str,
    path: str,
    target: Path,
    limit: int | None,
    header: str | None,
) -> str:
    """COPY that writes a file's bad rows (at most `limit`) to `target`, in line order.

    `header` is a CSV file's own first line.
    """
    constants = (
        f"{quote(table.source)} as source, {quote(table.name)} as table_name,"
        f" {quote(file_id)} as file_id, {quote(path)} as file_path"
    )
    rows = f"select * from ({bad_rows(table, source)})" + (
        f" limit {limit}" if limit is not None else ""
    )
    return (
        f"copy (select {constants}, line_number, column_name, reason,"
        f" {quote(header) if header else 'null::varchar'} as header, raw_row\n"
        f"from ({rows})) to {quote(str(target))} {PARQUET}"
    )


def first_bad_line(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """Line of the first row in a quarantine file."""
    return int(connection.execute(f"select min(line_number) from {parquet(file)}").fetchall()[0][0])


def count_reasons(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, int]:
    """How often each reason stands in a quarantine file, commonest first.

    A row can have several.
    """
    rows = connection.execute(
        f"with parts as (select unnest(string_split(reason, '; ')) as part from {parquet(file)})\n"
        "select part, count(*) as rows from parts group by part order by rows desc, part"
    ).fetchall()
    return dict(rows)


def refusal_for_bad_rows(table: TableContract, rows: int, bad: int) -> str | None:
    """Why a file with so many bad rows is refused whole; None when its good rows may be loaded."""
    if bad and bad == rows:
        return f"none of its {rows} rows can be used"
    if bad > table.rows_allowed_bad(rows):
        return (
            f"{bad} of its {rows} rows are bad,"
            f" more than the {table.rows_allowed_bad(rows)} that quarantine_limit allows"
        )
    return None


def quarantine_files(store: Store, as_of: datetime) -> list[str]:
    """The quarantine files, below raw/, of the files loaded by `as_of` whose rows waited then."""
    entries = Ledger(store).live_entries(as_of, "rows_quarantined > 0")
    return [entry.quarantine_path for entry in entries if entry.waits(iso(as_of))]


def waiting_entries(store: Store) -> list[Entry]:
    """The files whose quarantined rows wait for somebody now;
    what was mended since the last night waits no more."""
    return [
        entry
        for entry in Ledger(store).newest_revisions()
        if entry.rows_quarantined and not entry.settled_by
    ]


def waiting_or_evidence(store: Store) -> list[str]:
    """The quarantine files, below raw/, of rows that wait now and of files that
    were set aside whole."""
    aside = [
        entry
        for entry in Ledger(store).entries("status in ('refused', 'held')")
        if entry.rows_quarantined
    ]
    return [entry.quarantine_path for entry in [*waiting_entries(store), *aside]]


def waiting_counts(raw: RawFolder, files: Sequence[str]) -> dict[str, dict[str, int]]:
    """Rows in quarantine files, by raw table and reason, commonest first; no personal data.

    A row can have several reasons.
    """
    if not files:
        return {}
    connection = raw.connect()
    try:
        rows = connection.execute(
            "with parts as (\n"
            "    select source || '_' || table_name as raw_table,"
            " unnest(string_split(reason, '; ')) as part\n"
            f"    from {parquet(*map(raw.at, files), by_name=True)})\n"
            "select raw_table, part, count(*) as rows from parts"
            " group by all order by raw_table, rows desc, part"
        ).fetchall()
    finally:
        connection.close()
    counts: dict[str, dict[str, int]] = {}
    for table, reason, count in rows:
        counts.setdefault(table, {})[reason] = count
    return counts


def quarantined_rows(
    raw: RawFolder, files: Sequence[str], *, masked: bool = True
) -> list[dict[str, Any]]:
    """The rows of quarantine files, newest file last;
    `masked` hides letters and digits of the raw row.

    Whole rows hold personal data: ask for them only to mend and replay.
    """
    if not files:
        return []
    shown = f"{masked_sql('raw_row')} as raw_row" if masked else "raw_row"
    columns = ", ".join(column for column in COLUMNS if column != "raw_row")
    connection = raw.connect()
    try:
        rows = connection.execute(
            f"select {columns}, {shown} from {parquet(*map(raw.at, files), by_name=True)}"
        ).fetchall()
    finally:
        connection.close()
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

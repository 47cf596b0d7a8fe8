"""The two sides of a loading ratio, each a process of its own:
the loader with all its checks, and DuckDB alone.

Run as `python extract_sides.py (loader | bare) <home> (events |
leads)`; prints CPU seconds (children included) and peak memory as JSON.
"""

import json
import resource
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from ingestion.contracts.columns import LOAD_COLUMNS, ColumnType
from ingestion.contracts.contract import Column, SourceContract, TableContract, raw_columns
from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore

PARQUET = "(format parquet, parquet_version v2, compression zstd, compression_level 3)"
AS_OF = datetime(2026, 7, 1)
# A CRM's leads as its bulk export writes them: name → type.
LEADS = {
    "id": "text",
    "first_name": "text",
    "last_name": "text",
    "email": "text",
    "phone": "text",
    "company": "text",
    "street": "text",
    "city": "text",
    "postal_code": "text",
    "country": "text",
    "lead_source": "text",
    "status": "text",
    "annual_revenue": "decimal(18,2)",
    "number_of_employees": "integer",
    "is_deleted": "boolean",
    "created_date": "timestamp",
    "system_modstamp": "timestamp",
}


def contract(name: str) -> SourceContract:
    """The shop's own contract of web events, or one of leads in CSV."""
    if name == "events":
        return load_contracts()["web"]
    columns = tuple(
        Column(
            column, ColumnType.parse(kind), (column,), column, column == "id", False, None, column
        )
        for column, kind in LEADS.items()
    )
    table = TableContract(
        "crm",
        "leads",
        1,
        "Leads.",
        "crm/leads-*.csv*",
        "csv",
        key=("id",),
        columns=columns,
        version_column="system_modstamp",
    )
    return SourceContract("crm", "benchmark", 1, "Leads.", Path("crm.yml"), {"leads": table})


def run_loader(home: Path, source: SourceContract) -> None:
    """Landing zone to raw, as a first night does it."""
    for folder in ("raw", "control"):
        shutil.rmtree(home / folder, ignore_errors=True)
        (home / folder).mkdir(mode=0o700)
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    try:
        report = load(
            Folder(home / "extracts"),
            RawFolder(Folder(home / "raw")),
            store,
            {source.name: source},
            {source.name},
            as_of=AS_OF,
            as_of_date=date(2026, 6, 30),
            run_id="benchmark",
            progress=lambda line: print(f"    {line}", file=sys.stderr, flush=True),
        )
    finally:
        store.close()
    if report.set_aside or report.unknown or report.drift:
        raise RuntimeError(
            "the loader took offence at sound files:"
            f" {report.set_aside or report.unknown or report.drift}"
        )


def run_bare(home: Path, table: TableContract) -> None:
    """The same columns of the same files into Parquet, each file one statement;
    everything in them is believed."""
    target = home / "bare"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    known = {"_file_id": "'file'", "_arrival": "1::bigint", "_loaded_at": f"timestamp '{AS_OF}'"}
    constants = [
        f"{known.get(column, f'null::{kind}')} as {column}" for column, kind in LOAD_COLUMNS.items()
    ]
    for file in sorted(path for path in (home / "extracts").rglob("*") if path.is_file()):
        columns = [
            f"{_bare_value(column, table.format)} as {column.name}" for column in table.columns
        ]
        relation = (_read_json if table.format == "jsonl" else _read_csv)(table, file)
        connection.execute(
            f"copy (select {', '.join(columns + constants)} from {relation})"
            f" to '{target / file.name}.parquet' {PARQUET}"
        )


def _bare_value(column: Column, table_format: str) -> str:
    first, *inner = column.path if table_format == "jsonl" else (column.header,)
    value = f'"{first}"' + "".join(f"['{key}']" for key in inner)
    return f"{value}::timestamp" if column.type.kind == "timestamp" else value


def _bare_type(column: Column) -> str:
    return {"timestamp": "TIMESTAMPTZ", "json": "JSON"}.get(column.type.kind, column.type.duckdb)


def _read_csv(table: TableContract, file: Path) -> str:
    columns = ", ".join(f"'{column.header}': '{_bare_type(column)}'" for column in table.columns)
    return f"read_csv('{file}', columns = {{{columns}}}, header = true, auto_detect = false)"


def _read_json(table: TableContract, file: Path) -> str:
    tops: dict[str, list[Column]] = {}
    for column in table.columns:
        tops.setdefault(column.path[0], []).append(column)
    columns = ", ".join(f"'{top}': '{_struct(found, 1)}'" for top, found in tops.items())
    return f"read_json('{file}', columns = {{{columns}}}, format = 'newline_delimited')"


def _struct(columns: list[Column], depth: int) -> str:
    """The DuckDB type of what lies below a JSON key."""
    if len(columns[0].path) == depth:
        return _bare_type(columns[0])
    inner: dict[str, list[Column]] = {}
    for column in columns:
        inner.setdefault(column.path[depth], []).append(column)
    return (
        "STRUCT("
        + ", ".join(f'"{key}" {_struct(found, depth + 1)}' for key, found in inner.items())
        + ")"
    )


def rows_of(home: Path, side: str) -> tuple[int, str]:
    """Row count and content of what a side wrote, in the columns of the contract."""
    source = contract("events" if (home / "extracts" / "web").exists() else "leads")
    [table] = source.tables.values()
    columns = ", ".join(column for column in raw_columns(table) if column not in LOAD_COLUMNS)
    files = f"{home / side}/**/*.parquet"
    query = (
        f"select count(*), sum(hash(struct_pack({columns}))::hugeint)::varchar"
        f" from read_parquet('{files}')"
    )
    count, content = duckdb.execute(query).fetchall()[0]
    return count, content


def main(side: str, home: Path, name: str) -> None:
    source = contract(name)
    [table] = source.tables.values()
    before = _cpu_seconds()
    began = datetime.now(UTC)
    if side == "loader":
        run_loader(home, source)
    else:
        run_bare(home, table)
    wall = (datetime.now(UTC) - began).total_seconds()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(
        json.dumps(
            {
                "cpu_s": round(_cpu_seconds() - before, 3),
                "wall_s": round(wall, 1),
                "peak_gib": round(peak, 2),
            }
        )
    )


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])

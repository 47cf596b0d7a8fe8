"""`clientele sql`: the published generation and the live histories, read-only,
in a shell or for one query."""

import tempfile
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from ingestion.masking import masked_sql
from ingestion.quarantine.bad_rows import waiting_or_evidence
from ingestion.sql import parquet
from orchestration.control.store import ControlStore
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs

ROWS_SHOWN = 200
LIVE = (
    "runs",
    "extract_files",
    "gate_results",
    "table_counts",
    "sync_runs",
    "delivery_log",
    "segment_changes",
    "month_figures",
    "backtest_figures",
)
_MASKED = masked_sql("raw_row")


def shell(query: str | None, run_id: str | None = None) -> None:
    """Run one query, or read statements until end of input,
    on the published generation or on that of `run_id`."""
    settings = load_settings()
    with tempfile.TemporaryDirectory() as scratch:
        connection = open_generation(settings, Path(scratch), run_id)
        try:
            if query is not None:
                _show(connection, query)
            else:
                _read_loop(connection)
        finally:
            connection.close()


def open_generation(
    settings: Settings, scratch: Path, run_id: str | None = None
) -> duckdb.DuckDBPyConnection:
    """A generation, with the live control store in schema `live` and the quarantine masked in
    `live.quarantine`."""
    generations = Generations(settings.home.generations)
    connection = connect(Inputs.load(generations.inputs(run_id or generations.current())))
    store = ControlStore.open(settings.home.store)
    try:
        store.snapshot(scratch / "control.sqlite")
        quarantine = [
            settings.raw.at(path)
            for path in waiting_or_evidence(store)
            if settings.raw.exists(path)
        ]
    finally:
        store.close()
    import duckdb_extensions

    duckdb_extensions.import_extension("sqlite_scanner", con=connection)
    connection.execute("load sqlite_scanner")
    connection.execute(
        f"attach '{scratch / 'control.sqlite'}' as control_store (type sqlite, read_only)"
    )
    connection.execute("create schema memory.live")
    for table in LIVE:
        connection.execute(
            f"create view memory.live.{table} as select * from control_store.{table}"
        )
    connection.execute(
        "create view memory.live.holds as select hold_id, sync, run_id, reason, status, created_at,"
        " decided_at, decided_by"
        " from control_store.holds"
    )
    _show_quarantine(connection, quarantine)
    path = connection.execute("select current_setting('search_path')").fetchall()[0][0]
    connection.execute(f"set search_path = '{path},memory.live'")
    return connection


def _show_quarantine(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    if not files:
        connection.execute(
            "create view memory.live.quarantine as select null::varchar as source where false"
        )
        return
    rows = f"select * replace ({_MASKED} as raw_row) from {parquet(*files, by_name=True)}"
    connection.execute(f"create view memory.live.quarantine as {rows}")


def _read_loop(connection: duckdb.DuckDBPyConnection) -> None:
    import readline  # noqa: F401 - line editing and history for input()

    print(
        "Published generation, read-only. Tables:"
        " `show all tables;`  End a statement with `;`, leave with Ctrl-D."
    )
    pending = ""
    while True:
        try:
            line = input("clientele> " if not pending else "        …> ")
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            pending = ""
            continue
        pending += line + "\n"
        if line.rstrip().endswith(";"):
            try:
                _show(connection, pending)
            except duckdb.Error as error:
                print(error)
            pending = ""


def _show(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    result = connection.execute(query)
    if not result.description:
        return
    rows = result.fetchmany(ROWS_SHOWN + 1)
    table = Table(*(column[0] for column in result.description))
    for row in rows[:ROWS_SHOWN]:
        table.add_row(*("" if value is None else str(value) for value in row))
    console = Console(highlight=False)
    console.print(table)
    if len(rows) > ROWS_SHOWN:
        console.print(
            f"… more than {ROWS_SHOWN} rows; add a limit,"
            " or write them out: copy (…) to 'file.csv';"
        )

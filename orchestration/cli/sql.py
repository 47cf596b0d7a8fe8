"""`clientele sql`: the published generation and the live histories, read-only and closed,
in a shell or for one query."""

import tempfile
from contextlib import closing
from pathlib import Path

import duckdb
import duckdb_extensions
from rich.table import Table

from ingestion.masking import masked_sql
from ingestion.quarantine.bad_rows import waiting_or_evidence
from ingestion.sql import parquet, quote
from orchestration.cli.terminal import Terminal, say
from orchestration.control.audit import write_audit
from orchestration.control.store import ControlStore
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.closed import (
    ClosedError,
    check_statements,
    close_access,
    connect_for_people,
)
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs, Relation

ROWS_SHOWN = 200
LIVE = (
    "runs",
    "extract_files",
    "gate_results",
    "table_counts",
    "sync_runs",
    "delivery_log",
    "segment_changes",
    "finding_changes",
    "month_figures",
    "backtest_figures",
    "audit",
)
_MASKED = masked_sql("raw_row")


_SHOWN = {table: f"select * from {table}" for table in LIVE} | {
    # The plan of a delivery is nobody's to read.
    "holds": "select hold_id, sync, run_id, reason, status, created_at, decided_at, decided_by"
    " from holds"
}
_REMEDY = (
    "This shell is closed: no files, network, extensions or settings."
    " `clientele sql --unsafe` opens them; the audit has who did."
)


def shell(query: str | None, run_id: str | None = None, *, unsafe: bool = False) -> None:
    """Run one query, or read statements until end of input, on the published generation or on that
    of `run_id`. Errors: `ClosedError` for what only `unsafe` may do, DuckDB's own."""
    settings = load_settings()
    with tempfile.TemporaryDirectory() as scratch:
        connection = open_generation(settings, Path(scratch), run_id, unsafe=unsafe)
        try:
            if query is not None:
                run(connection, query, unsafe=unsafe)
            else:
                _read_loop(connection, unsafe=unsafe)
        finally:
            connection.close()


def open_generation(
    settings: Settings, scratch: Path, run_id: str | None = None, *, unsafe: bool = False
) -> duckdb.DuckDBPyConnection:
    """A generation, with the live control store in schema `live` and the quarantine masked in
    `live.quarantine`; their rows lie in `scratch`. `unsafe` leaves files, network, extensions and
    settings open, and is audited."""
    generations = Generations(settings.home.generations)
    run_id = run_id or generations.current()
    inputs = Inputs.load(generations.inputs(run_id))
    store = ControlStore.open(settings.home.store)
    try:
        if unsafe:
            write_audit(store, "sql unsafe", run_id, "files, network, extensions, settings open")
        live = _live(settings, store, scratch)
    finally:
        store.close()
    connection = connect_for_people(inputs.with_relations(live))
    if not unsafe:
        close_access(connection)
    return connection


def _live(settings: Settings, store: ControlStore, scratch: Path) -> dict[str, Relation]:
    """What is shown of the control store, and of quarantined rows, as files in `scratch`.

    Another connection writes them: what reads SQLite opens any file, whatever DuckDB forbids.
    """
    copied = scratch / "control.sqlite"
    store.copy_rows(copied, _SHOWN)
    files = [settings.raw.at(f) for f in waiting_or_evidence(store) if settings.raw.exists(f)]
    queries = {table: f"select * from control_store.{table}" for table in _SHOWN}
    queries["quarantine"] = (
        f"select * replace ({_MASKED} as raw_row) from {parquet(*files, by_name=True)}"
        if files
        else "select null::varchar as source where false"
    )
    with closing(settings.raw.connect()) as connection:
        duckdb_extensions.import_extension("sqlite_scanner", con=connection)
        connection.execute("load sqlite_scanner")
        connection.execute(f"attach {quote(str(copied))} as control_store (type sqlite, read_only)")
        return {
            f"live.{table}": _write(connection, query, scratch / f"{table}.parquet")
            for table, query in queries.items()
        }


def _write(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> Relation:
    columns = {name: kind for name, kind, *_ in connection.execute(f"describe {query}").fetchall()}
    connection.execute(f"copy ({query}) to {quote(str(file))} (format parquet)")
    return Relation(columns, (str(file),))


def run(connection: duckdb.DuckDBPyConnection, statements: str, *, unsafe: bool) -> None:
    """Run statements and print the rows of the last one. Errors: as `shell`."""
    if unsafe:
        return _show(connection, statements)
    try:
        check_statements(connection, statements)
        _show(connection, statements)
    except (ClosedError, duckdb.PermissionException) as error:
        raise ClosedError(f"{error}\n{_REMEDY}") from None


def _read_loop(connection: duckdb.DuckDBPyConnection, *, unsafe: bool) -> None:
    import readline  # noqa: F401 - line editing and history for input()

    print(
        f"Published generation, read-only{', files and network open' if unsafe else ''}. Tables:"
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
                run(connection, pending, unsafe=unsafe)
            except (duckdb.Error, ClosedError) as error:
                say(str(error))
            pending = ""


def _show(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    result = connection.execute(query)
    if not (result and result.description):  # none at all: nothing was typed but a comment
        return
    rows = result.fetchmany(ROWS_SHOWN + 1)
    table = Table(*(column[0] for column in result.description))
    for row in rows[:ROWS_SHOWN]:
        table.add_row(*("" if value is None else str(value) for value in row))
    console = Terminal()
    console.print(table)
    if len(rows) > ROWS_SHOWN:
        console.print(
            f"… more than {ROWS_SHOWN} rows; add a limit,"
            " or write them out with --unsafe: copy (…) to 'file.csv';"
        )

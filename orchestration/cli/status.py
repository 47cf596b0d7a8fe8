"""`clientele status`: the last night, what waits for a person, and the command for it."""

from rich.console import Console
from rich.table import Table

from ingestion.quarantine.bad_rows import waiting_counts, waiting_entries
from orchestration.cli.printing import drift_lines
from orchestration.control.lease import holder
from orchestration.control.store import ControlStore
from orchestration.night.report import APPROVE, RELOAD, waiting_holds
from orchestration.night.report_files import read_report
from orchestration.settings import load_settings
from orchestration.warehouse.generations import Generations, NoGenerationError


def show_status(*, files: bool, syncs: bool) -> None:
    """Print the state of things; with `files` or `syncs` their details."""
    settings = load_settings()
    console = Console(highlight=False, soft_wrap=True)
    store = ControlStore.open(settings.home.store)
    try:
        lease = holder(store)
        if lease:
            console.print(
                f"running    {lease['run_id']} (process {lease['pid']},"
                f" heartbeat {lease['heartbeat_at']})"
            )
        try:
            console.print(f"published  {Generations(settings.home.generations).current()}")
        except NoGenerationError as error:
            console.print(f"published  {error}")
        for run in store.query("select * from runs order by started_at desc limit 5"):
            console.print(
                f"night      {run['as_of']}  {run['kind']} {run['status']}"
                f" (exit {run['exit_code']})  run {run['run_id']}"
            )
        report = read_report(settings.home.nights)
        for line in (report or {}).get("refusals", []) + (report or {}).get("errors", []):
            console.print(f"why        {line}")
        # Holds and reloads as they are now: some of the night's may be decided or
        # done by this time.
        reloaded = tuple(
            f"{RELOAD} {row['source']}"
            for row in store.query("select source from extract_files where status = 'prepared'")
        )
        of_the_night = (report or {}).get("waiting", [])
        waiting = [
            item for item in of_the_night if not item["command"].startswith((APPROVE, *reloaded))
        ] + waiting_holds(store)
        for item in waiting:
            console.print(f"waits      {item['what']}\n           → {item['command']}")
        if not waiting:
            console.print("waits      nothing")
        for table, reasons in waiting_counts(
            settings.raw, [entry.quarantine_path for entry in waiting_entries(store)]
        ).items():
            told = "; ".join(f"{rows:,} × {why}" for why, rows in reasons.items())
            console.print(f"quarantine {table}: {told}\n           → clientele quarantine")
        for line in drift_lines(report or {}):
            console.print(f"drift      {line}")
        if files:
            _print(
                console,
                store,
                "select path, status, reason, loaded_at from extract_files"
                " where status in ('refused', 'held')"
                " order by sequence desc limit 50",
            )
        if syncs:
            _print_syncs(console, store)
    finally:
        store.close()


def _print_syncs(console: Console, store: ControlStore) -> None:
    """One line a delivery: of its rows only the kinds that there were."""
    counts = (
        "candidates",
        "acknowledged",
        "unchanged",
        "withheld",
        "held",
        "rejected",
        "unknown",
        "unsent",
    )
    for row in store.query("select * from sync_runs order by started_at desc limit 20"):
        rows = ", ".join(f"{row[name]:,} {name}" for name in counts if row[name]) or "no rows"
        said = f"; {row['message']}" if row["message"] else ""
        console.print(
            f"sync       {row['as_of']}  {row['sync']} to {row['destination']}:"
            f" {row['status']}, {rows}{said}"
        )


def _print(console: Console, store: ControlStore, query: str) -> None:
    rows = store.query(query)
    if not rows:
        console.print("(none)")
        return
    table = Table(*rows[0].keys())
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)

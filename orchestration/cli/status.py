"""`clientele status`: the last night, what waits for a person, and the command for it."""

from rich.table import Table

from ingestion.delivered_again import PREPARED_AS_OF
from ingestion.quarantine.bad_rows import waiting_counts, waiting_entries
from orchestration.cli.printing import drift_lines
from orchestration.cli.terminal import Terminal
from orchestration.control.lease import holder
from orchestration.control.store import ControlStore
from orchestration.night.ended import why_it_ended
from orchestration.night.report import APPROVE, RELOAD, waiting_holds
from orchestration.night.report_files import read_report
from orchestration.settings import load_settings
from orchestration.warehouse.generations import Generations, NoGenerationError


def show_status(*, files: bool, syncs: bool) -> None:
    """Print the state of things; with `files` or `syncs` their details."""
    settings = load_settings()
    console = Terminal(soft_wrap=True)
    store = ControlStore.open(settings.home.store)
    try:
        lease = holder(store)
        if lease:
            console.print(
                f"running    {lease['run_id']} (process {lease['pid']},"
                f" heartbeat {lease['heartbeat_at']})"
            )
        generations = Generations(settings.home.generations)
        try:
            console.print(f"published  {generations.current()}")
        except NoGenerationError as error:
            console.print(f"published  {error}")
        _print_runs(console, store, lease["run_id"] if lease else None, generations.pointed_to())
        report = read_report(settings.home.nights)
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
        for row in store.query(
            "select path from extract_files where status = 'forgotten' and superseded_as_of = ?"
            " union select path from extract_days where forgotten_as_of = ?",
            [PREPARED_AS_OF, PREPARED_AS_OF],
        ):
            console.print(f"taken back {row['path']}: counts until the next night")
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
                " where status in ('refused', 'held', 'forgotten')"
                " order by sequence desc limit 50",
            )
        if syncs:
            _print_syncs(console, store)
    finally:
        store.close()


def _print_runs(
    console: Terminal, store: ControlStore, living: str | None, published: str | None
) -> None:
    """The last runs; of the newest night, and of whatever died, why it ended so."""
    runs = store.query("select * from runs order by started_at desc limit 5")
    newest = next((run["run_id"] for run in runs if run["kind"] != "rebuild"), None)
    for run in runs:
        is_living = run["run_id"] == living
        has_died = not is_living and run["report"] is None
        ended = "died" if has_died else f"{run['status']} (exit {run['exit_code']})"
        console.print(
            f"night      {run['as_of']}  {run['kind']} {'running' if is_living else ended}"
            f"  run {run['run_id']}"
        )
        if has_died or (run["run_id"] == newest and not is_living):
            for line in why_it_ended(run, published):
                console.print(f"why        {line}")


def _print_syncs(console: Terminal, store: ControlStore) -> None:
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


def _print(console: Terminal, store: ControlStore, query: str) -> None:
    rows = store.query(query)
    if not rows:
        console.print("(none)")
        return
    table = Table(*rows[0].keys())
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)

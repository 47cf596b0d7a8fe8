"""`clientele quarantine`: rows that could not be loaded:
what waits and why, and how a person mends it."""

import getpass
import sys
import uuid
from pathlib import Path

from rich.table import Table

from ingestion.errors import QuarantineError
from ingestion.ledger import Ledger
from ingestion.quarantine.bad_rows import quarantined_rows, waiting_counts, waiting_entries
from ingestion.quarantine.replay import export_rows, replay, waiting_file
from orchestration.cli.terminal import Terminal, say
from orchestration.control.audit import write_audit
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.settings import Settings, load_settings

ROWS_SHOWN = 50
ID_DIGITS = 8


def manage(action: str, subject: str | None, *, whole: bool, reason: str | None) -> None:
    """List, show, export, replay or dismiss. Errors: `QuarantineError`, `LeaseHeldError`."""
    settings = load_settings()
    store = ControlStore.open(settings.home.store)
    try:
        if action == "list":
            _list(settings, store)
        elif subject is None:
            raise QuarantineError(
                f"quarantine {action}: of which file? `clientele quarantine` lists them"
            )
        elif action == "show":
            _show(settings, store, subject, whole)
        elif action == "export":
            _export(settings, store, subject)
        elif action == "dismiss":
            _dismiss(store, subject, reason)
        else:
            _replay(settings, store, Path(subject))
    finally:
        store.close()


def _list(settings: Settings, store: ControlStore) -> None:
    console = Terminal(soft_wrap=True)
    waiting = waiting_entries(store)
    if not waiting:
        console.print("nothing waits in quarantine")
        return
    for table, reasons in waiting_counts(
        settings.raw, [entry.quarantine_path for entry in waiting]
    ).items():
        for why, rows in reasons.items():
            console.print(f"{table}  {rows:,} × {why}")
    files = Table("file", "table", "extract", "rows", "of")
    for entry in waiting:
        files.add_row(
            entry.file_id[:ID_DIGITS],
            entry.raw_name,
            entry.path,
            f"{entry.rows_quarantined:,}",
            f"{entry.rows_read:,}",
        )
    console.print(files)
    console.print(
        "mend by delivering the file again under its name, or:"
        " clientele quarantine show | export <file>, correct the rows,\n"
        "clientele quarantine replay <exported file>; give up on them with:"
        " clientele quarantine dismiss <file> --reason …"
    )


def _show(settings: Settings, store: ControlStore, file_id: str, whole: bool) -> None:
    entry = waiting_file(store, file_id)
    if whole:
        if not sys.stdout.isatty():
            raise QuarantineError(
                "show --whole: rows hold personal data and are shown on a terminal only; "
                f"`clientele quarantine export {file_id}` writes them where only you read them"
            )
        write_audit(
            store,
            "quarantine show",
            entry.file_id,
            f"{entry.rows_quarantined} whole rows of {entry.path}",
        )
    say(
        f"{entry.path}: {entry.rows_quarantined:,} of {entry.rows_read:,}"
        f" rows{'' if whole else '; letters and digits are hidden'}"
    )
    for row in quarantined_rows(settings.raw, [entry.quarantine_path], masked=not whole)[
        :ROWS_SHOWN
    ]:
        say(f"line {row['line_number']}: {row['reason']}\n    {row['raw_row']}")
    if (entry.rows_quarantined or 0) > ROWS_SHOWN:
        say(f"… the first {ROWS_SHOWN}; all of them with `clientele quarantine export {file_id}`")


def _export(settings: Settings, store: ControlStore, file_id: str) -> None:
    entry = waiting_file(store, file_id)
    target = export_rows(settings.raw, entry, settings.contracts, settings.home.mend)
    write_audit(
        store,
        "quarantine export",
        entry.file_id,
        f"{entry.rows_quarantined} whole rows of {entry.path}",
    )
    say(
        f"{target}: {entry.rows_quarantined:,} rows of {entry.path}, readable by you alone\n"
        f"correct them in place (delete none), in a text editor: a spreadsheet would run what looks"
        f" like a formula and rewrite numbers; then: clientele quarantine replay {target}"
    )


def _replay(settings: Settings, store: ControlStore, corrected: Path) -> None:
    run_id = f"replay-{uuid.uuid4().hex[:8]}"
    with Lease.acquire(store, run_id):
        report = replay(settings.raw, store, settings.contracts, corrected, run_id=run_id)
        write_audit(
            store,
            "quarantine replay",
            report.path,
            f"{report.replayed} rows replayed, {report.left} left",
        )
        # it holds personal data, and its rows are in raw or in quarantine by now
        corrected.unlink()
    say(
        f"{report.path}: {report.replayed:,} rows replayed, {report.left:,} left in quarantine, "
        f"of {report.read:,} in all; they count from the next night on"
    )


def _dismiss(store: ControlStore, file_id: str, reason: str | None) -> None:
    if not reason:
        raise QuarantineError(
            'quarantine dismiss: say why, for whoever asks later: --reason "delivered again as …"'
        )
    with Lease.acquire(store, f"dismiss-{file_id}"):
        entry = waiting_file(store, file_id)
        Ledger(store).settle(entry, f"{getpass.getuser()}: {reason}")
        write_audit(
            store,
            "quarantine dismiss",
            entry.file_id,
            f"{entry.rows_quarantined} rows of {entry.path}: {reason}",
        )
    say(f"{entry.path}: {entry.rows_quarantined:,} rows wait no more; they are kept as they are")

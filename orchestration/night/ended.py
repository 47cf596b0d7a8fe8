"""Runs that were stopped, or ended without a word: what is true of them, for `clientele status`
and for the reports that the next night writes in place of the dead."""

import json
import sqlite3
from pathlib import Path

from ingestion.files import write_atomically
from ingestion.times import utc_now
from orchestration.control.store import ControlStore


def why_it_ended(run: sqlite3.Row, published: str | None) -> list[str]:
    """The reasons that a run which is over left, refusals first; of one that died, what became of
    it. `published`: the run whose generation readers see."""
    if run["report"]:
        report = json.loads(run["report"])
        return [*report["refusals"], *report["errors"]]
    died = f"run {run['run_id']} died: its process was killed, or the machine stopped"
    if run["run_id"] == published:
        return [
            f"{died} after it had published. Readers see it; what it had not sent, the next night"
            " sends by itself: clientele nightly"
        ]
    return [
        f"{died}. Nothing of it was published; the next night goes on by itself: clientele nightly"
    ]


def why_it_was_stopped(signal: str, *, is_published: bool) -> str:
    """What a person has to know of a night that a signal ended."""
    left = (
        "Readers see it; what it had not sent, the next night sends by itself"
        if is_published
        else "Nothing was published; the next night goes on by itself"
    )
    return f"stopped by {signal}, from a person or the machine. {left}: clientele nightly"


def tell_of_the_dead(store: ControlStore, nights: Path, published: str | None) -> None:
    """Write a report for every run that is over and has none."""
    for run in store.query("select * from runs where report is null and status <> 'running'"):
        _tell(store, nights, run["run_id"], why_it_ended(run, published))


def end_failed(store: ControlStore, nights: Path, run_id: str, why: str) -> None:
    """Mark a run that could not begin as failed, and say why."""
    with store.transaction() as db:
        db.execute(
            "update runs set status = 'failed', exit_code = 1, finished_at = ? where run_id = ?",
            [utc_now(), run_id],
        )
    _tell(store, nights, run_id, [why])


def _tell(store: ControlStore, nights: Path, run_id: str, errors: list[str]) -> None:
    """Write `<run id>.json` for a run that is over and made no report; nothing for one that never
    began."""
    for run in store.query("select * from runs where run_id = ?", [run_id]):
        names = ("status", "exit_code", "kind", "as_of", "run_id", "started_at", "finished_at")
        report = {name: run[name] for name in names}
        report |= {"refusals": [], "errors": errors, "waiting": []}
        text = json.dumps(report, indent=1)
        nights.mkdir(parents=True, exist_ok=True)
        write_atomically(nights / f"{run_id}.json", text)
        with store.transaction() as db:
            db.execute("update runs set report = ? where run_id = ?", [text, run_id])

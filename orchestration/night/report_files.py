"""What a night leaves to read on disk: its report, from which summary, metadata and figures are
made, and the page of its gates. What stands in a report is made in `report.py`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expectations.page import past_figures, write_page
from expectations.report import GateResult
from ingestion.files import write_atomically
from orchestration.control.store import ControlStore


def write_report(nights: Path, report: dict[str, Any]) -> Path:
    """Write `<run id>.json`; a night's is also `latest.json`.

    A rebuild of an earlier one says nothing about what readers see.
    """
    nights.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, default=str)
    path = nights / f"{report['run_id']}.json"
    write_atomically(path, text)
    if report["kind"] != "rebuild":
        write_atomically(nights / "latest.json", text)
    return path


def read_report(nights: Path, run_id: str = "latest") -> dict[str, Any] | None:
    """The report of a run, or of the last night that was no rebuild; none when there is none."""
    path = nights / f"{run_id}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_gates_page(
    nights: Path, store: ControlStore, heading: Mapping[str, str], results: Sequence[GateResult]
) -> Path:
    """Write `<run>.html`: what the night's gates saw, beside the figures of earlier nights.

    `heading` stands at its top, and names the night by `run` and `as of`.
    """
    past = store.query(
        "select layer, table_name, expectation, observed from gate_results where run_id <> ?"
        " and as_of < ? order by as_of, rowid",
        [heading["run"], heading["as of"]],
    )
    figures = past_figures(dict(row) for row in past)
    return write_page(nights / f"{heading['run']}.html", heading, results, figures)

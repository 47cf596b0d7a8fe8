"""What a night leaves to read on disk: its report, from which summary, metadata and figures are
made. What stands in it is made in `report.py`; the page of the gates in `gates_page.py`."""

import json
from pathlib import Path
from typing import Any

from ingestion.files import write_atomically


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

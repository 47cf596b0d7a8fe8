"""Dagster's own folder: its event store, a run queue of one, no telemetry."""

import os
from pathlib import Path

_SETTINGS = """\
# Written by Clientele at every start.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def prepare_dagster_home(folder: Path) -> Path:
    """Make the folder and point this process (and its children) to it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dagster.yaml"
    if not file.exists() or file.read_text(encoding="utf-8") != _SETTINGS:
        file.write_text(_SETTINGS, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    return folder

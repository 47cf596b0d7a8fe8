"""Dagster's own folder: its event store, a run queue of one, no telemetry."""

import json
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
# Dagster's files where Dagster would have them, written in batches.
event_log_storage:
  module: orchestration.defs.event_log
  class: BatchedEventLog
  config:
    base_dir: {events}
"""


def prepare_dagster_home(folder: Path) -> Path:
    """Make the folder and point this process (and its children) to it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dagster.yaml"
    # A JSON string is a YAML one, whatever the path has in it.
    settings = _SETTINGS.format(events=json.dumps(str(folder.absolute() / "history" / "runs")))
    if not file.exists() or file.read_text(encoding="utf-8") != settings:
        file.write_text(settings, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    return folder

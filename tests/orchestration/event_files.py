"""What Dagster's files of events say, and programs that write or watch them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import dagster as dg
import event_job
from dagster._serdes import deserialize_value

from orchestration.cli.dagster_home import prepare_dagster_home

# What a loaded machine may need more than the second that is promised.
SOON = 2.0
RUN, NEXT = (str(uuid.UUID(int=number)) for number in (1, 2))


def own(folder: Path) -> Path:
    """A folder as it was before: Dagster's own storage, without a word of it."""
    prepare_dagster_home(folder)
    file = folder / "dagster.yaml"
    before = file.read_text(encoding="utf-8").partition("# Dagster's files")[0]
    file.write_text(before, encoding="utf-8")
    return folder


def rows(file: Path, table: str, columns: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(f"select {columns} from {table} order by id").fetchall()
    finally:
        connection.close()


def runs(folder: Path) -> Path:
    return folder / "history" / "runs"


def listed(folder: Path, shard: str) -> list[tuple[Any, ...]]:
    """Everything in a file's list of events that is not a time, a process or a place."""
    found = []
    for *row, event in rows(
        runs(folder) / f"{shard}.db",
        "event_logs",
        "id, run_id, dagster_event_type, step_key, asset_key, partition, event",
    ):
        entry = deserialize_value(event, dg.EventLogEntry)
        message = re.sub(r"[\d.]+m?s\b|pid: \d+|/\S+", "-", entry.message.splitlines()[0])
        made = entry.asset_materialization
        found.append((*row, message, sorted((made.tags or {}).items()) if made else None))
    return found


def indexed(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The index over all runs, without times."""
    index = runs(folder) / "index.db"
    assets = []
    for *row, last in rows(
        index,
        "asset_keys",
        "id, asset_key, last_run_id, asset_details, wipe_timestamp, tags,"
        " last_materialization_timestamp is null, last_materialization",
    ):
        record = json.loads(last) if last else {}
        assets.append((*row, record.get("storage_id")))
    return {
        "events": listed(folder, "index"),
        "assets": assets,
        "tags": rows(index, "asset_event_tags", "id, event_id, asset_key, key, value"),
        "checks": rows(
            index,
            "asset_check_executions",
            "id, asset_key, check_name, partition, run_id, execution_status,"
            " evaluation_event_storage_id, materialization_event_storage_id",
        ),
    }


def say(run_id: str, text: str) -> dg.EventLogEntry:
    return dg.EventLogEntry(
        error_info=None,
        level=20,
        user_message=text,
        run_id=run_id,
        timestamp=time.time(),
        job_name="small",
    )


def made(run_id: str, key: str, text: str) -> dg.EventLogEntry:
    event = dg.DagsterEvent(
        event_type_value="ASSET_MATERIALIZATION",
        job_name="small",
        step_key="step",
        event_specific_data=_materialized(dg.AssetMaterialization(key, metadata={"text": text})),
        message=text,
    )
    return say(run_id, text)._replace(dagster_event=event, step_key="step")


def _materialized(materialization: dg.AssetMaterialization) -> Any:
    from dagster._core.events import StepMaterializationData

    return StepMaterializationData(materialization, [])


def texts(storage: Any, run_id: str) -> list[str]:
    return [event.user_message for event in storage.get_logs_for_run(run_id)]


def program(*arguments: Any, killpoint: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, event_job.__file__, *map(str, arguments)],
        env={**os.environ, "CLIENTELE_KILLPOINT": killpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

"""What dbt tells of a part, told of one that was sent again: its result events, and the files that
people's tools read."""

import copy
import json
import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.files import write_atomically
from orchestration.warehouse.replay.recording import Recording
from orchestration.warehouse.replay.resend import Sent

RUN_RESULTS = "run_results.json"
_SECONDS = re.compile(r"in \d+\.\d\ds\]")


def events(sent: list[Sent], invocation: str) -> Iterator[dict[str, Any]]:
    """dbt's result events with this night's times. Of a test that passes dbt tells no rows."""
    thread = threading.current_thread().name
    for one in sent:
        event = copy.deepcopy(one.node.event)
        info, data, ended = event["info"], event["data"], _zulu(one.ended)
        info |= {"ts": ended, "invocation_id": invocation, "pid": os.getpid(), "thread": thread}
        info["msg"] = _SECONDS.sub(f"in {one.seconds:.2f}s]", info["msg"])
        data["execution_time"] = one.seconds
        data["node_info"]["node_started_at"] = _zulu(one.started)[:-1]
        data["node_info"]["node_finished_at"] = ended[:-1]
        yield event


def kept(target: Path, since_ns: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The run's results, and the text of what else dbt left below a part's target folder."""
    files = {
        str(path.relative_to(target)): path.read_text(encoding="utf-8")
        for path in sorted(target.rglob("*"))
        if path.is_file() and path.name != RUN_RESULTS and path.stat().st_mtime_ns >= since_ns
    }
    return json.loads((target / RUN_RESULTS).read_text(encoding="utf-8")), files


def write_files(target: Path, recording: Recording, sent: list[Sent], invocation: str) -> None:
    """What dbt would have left there. Errors: `OSError`."""
    for name, text in recording.files.items():
        path = target / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    results = copy.deepcopy(recording.run_results)
    now = {"generated_at": _zulu(datetime.now(UTC)), "invocation_id": invocation}
    results["metadata"] |= now
    results["elapsed_time"] = sum(one.seconds for one in sent)
    by_name = {one.node.unique_id: one for one in sent}
    for result in results["results"]:
        if one := by_name.get(result["unique_id"]):  # else an exposure: nothing was sent for it
            times = {"started_at": _zulu(one.started), "completed_at": _zulu(one.ended)}
            result |= {"execution_time": one.seconds, "timing": [{"name": "execute", **times}]}
    target.mkdir(parents=True, exist_ok=True)
    write_atomically(target / RUN_RESULTS, json.dumps(results))


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""What is kept of a part, and where: one file per part and key, readable by its owner alone."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingestion.files import DamagedFileError, read_with_digest, write_with_digest

KEPT = 3  # of a part: an edit, its revert and one more find theirs


@dataclass
class Statement:
    """One statement as dbt sent it.

    `asks`: what dbt read of its answer: `count` (is it 0?, then `is_zero`), `test` (does the row
    warn or fail?), `more`, or nothing.
    """

    sql: str
    asks: str = ""
    is_zero: bool | None = None


@dataclass
class Node:
    """One node's statements in order, and dbt's result event."""

    unique_id: str
    event: dict[str, Any]
    statements: list[Statement]

    def __post_init__(self) -> None:
        self.statements = [Statement(**s) if isinstance(s, dict) else s for s in self.statements]


@dataclass
class Recording:
    """A part that was built and passed. `nodes` are in an order of dbt's graph, tests before what
    they guard.

    `scene` is what dbt looked up and nobody does again: the columns of the tables in `reads`.
    `files` are those that dbt left in the part's target folder.
    """

    scene: str
    reads: list[str]
    nodes: list[Node]
    run_results: dict[str, Any]
    files: dict[str, str]

    def __post_init__(self) -> None:
        self.nodes = [Node(**node) if isinstance(node, dict) else node for node in self.nodes]


def read(path: Path) -> Recording | None:
    """A recording; none when there is none, or none that can be read: half a file, or one that was
    changed. Its time is set to now: what is used stays."""
    try:
        text = read_with_digest(path, "remove it")
        path.touch()
        return Recording(**json.loads(text))
    except (OSError, ValueError, TypeError, DamagedFileError):
        return None


def write(path: Path, recording: Recording) -> None:
    """Keep a recording, and of the same part only the newest few. Errors: `OSError`."""
    write_with_digest(path, json.dumps(asdict(recording)))
    of_part = path.parent.glob(f"{path.name.rpartition('-')[0]}-*.json")
    for old in sorted(of_part, key=lambda file: file.stat().st_mtime_ns)[:-KEPT]:
        with suppress(OSError):
            old.unlink()

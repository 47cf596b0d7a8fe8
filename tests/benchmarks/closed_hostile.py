"""Part of topic `closed`: each thing that may lie in a landing zone to stop a night, beside good
files, loaded as a night loads, in a process of its own.

A night is killed when its process ends otherwise than with a report: by a signal, by an
error, or not in time. `python closed_hostile.py <home>` is that process.
"""

import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from closed_hostile_parquet import parquets
from closed_hostile_places import KEY, Lay, places
from closed_hostile_texts import texts
from commands import figure

from ingestion.contracts.reading import load_contracts
from ingestion.limits import Limits
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.open import open_landing, open_storage
from orchestration.control.store import ControlStore
from orchestration.settings import PROJECT

GOOD = (
    "shop/events-2024-05-01-good.jsonl",
    "shop/products-2024-05-01-good.parquet",
    "shop/spend-2024-05-01-good.csv",
)
# Too large to be made where a test shall take a second.
ONLY_FULL = ("gzip of endless", "rows without", "page of", "repeat the one before", "8 MB for")
SECRET = "0123456789abcdef" * 4
MEMORY_BYTES = 10 << 30
SECONDS = {"full": 1500, "tiny": 120}
SCALE = {"full": 1.0, "tiny": 0.0}
CONTRACT = """
source: shop
owner: tests
version: 1
description: A shop.
tables:
"""
TABLE = """
  {name}:
    description: One row per entry.
    files: shop/{name}-*.{format}*
    format: {format}
    load_mode: append
    key: [id]
    quarantine_limit: 0.5
    columns:
      - {{name: id, type: integer, required: true, description: Id.}}
      - {{name: note, type: text, description: Note.}}
      - {{name: details, type: json, optional: true, description: Details.}}
"""


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All entries; `tiny` leaves out the largest, and makes the others small."""
    entries = {
        name: lay
        for name, lay in hostile().items()
        if size == "full" or not any(part in name for part in ONLY_FULL)
    }
    killed, lost, leaked = [], [], []
    for name, lay in entries.items():
        with tempfile.TemporaryDirectory(prefix="clientele-hostile-") as folder:
            home = Path(folder)
            report = _night(home, lay, size)
            killed += [] if report else [name]
            lost += [name] if report and set(GOOD) - set(report["loaded"]) else []
            leaked += [name] if _leaks(home) else []
            clear(home)
    note = f"a night each, {len(GOOD)} good files beside it"
    return [
        figure("hostile_entries", len(entries), "entries", ">= 40", note),
        figure("nights_killed", len(killed), "nights", "= 0", "; ".join(killed)),
        figure("other_files_lost", len(lost), "nights", "= 0", "; ".join(lost)),
        figure("hostile_leaks", len(leaked), "nights", "= 0", "; ".join(leaked)),
    ]


def hostile() -> dict[str, Lay]:
    """Every entry."""
    return texts() | places() | parquets()


def deliver(home: Path, lay: Lay, scale: float) -> None:
    """A home with a key, good files of every format, and one entry."""
    shop = home / "extracts" / "shop"
    shop.mkdir(parents=True)
    (home / KEY).write_text(SECRET, encoding="ascii")
    (home / GOOD[0].replace("shop/", "extracts/shop/")).write_text('{"id": 0, "note": "good"}\n')
    (home / GOOD[2].replace("shop/", "extracts/shop/")).write_text("id,note\n1,n\n")
    pq.write_table(pa.table({"id": [1], "note": ["n"]}), home / "extracts" / GOOD[1])
    lay(shop, scale)


def _night(home: Path, lay: Lay, size: str) -> dict[str, Any] | None:
    """What the night's process reported, None when it was killed."""
    deliver(home, lay, SCALE[size])
    try:
        done = subprocess.run(
            [sys.executable, __file__, str(home)],
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES,) * 2),
            capture_output=True,
            timeout=SECONDS[size],
            check=False,
        )
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError):
        return None
    return report if done.returncode == 0 else None


def _leaks(home: Path) -> bool:
    """Whether the key's text lies in what the load wrote."""
    written = [file for file in (home / "raw").glob("[!.]*/**/*.parquet") if file.is_file()]
    tables = [pq.read_table(file).to_pylist() for file in written if file.stat().st_size < 1 << 20]
    return SECRET in str(tables)


def clear(home: Path) -> None:
    """Remove what was delivered, which is too deep or too closed for Python's own way."""
    closed = home / "extracts" / "shop" / "closed"
    if closed.is_dir():
        closed.chmod(stat.S_IRWXU)
    subprocess.run(["rm", "-rf", str(home / "extracts")], check=True)


def load_home(home: Path) -> dict[str, Any]:
    """The load of a night: paths that were loaded, and what was told of the others."""
    sources = home / "sources"
    sources.mkdir()
    tables = {"events": "jsonl", "spend": "csv", "products": "parquet"}
    declared = "".join(TABLE.format(name=name, format=kind) for name, kind in tables.items())
    (sources / "shop.yml").write_text(CONTRACT + declared, encoding="utf-8")
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    report = load(
        open_landing(home / "extracts", home / "spool"),
        RawFolder(open_storage(home / "raw", home / "spool"), Limits(memory="4GB")),
        store,
        load_contracts(sources),
        {"shop"},
        as_of=datetime(2024, 6, 1, 22),
        as_of_date=date(2024, 6, 1),
        run_id="hostile",
    )
    store.close()
    told = [file.reason for file in report.set_aside] + [
        f"{file.path}: {file.remedy}" for file in report.unknown
    ]
    return {"loaded": [file.path for file in report.loaded], "told": told}


if __name__ == "__main__":
    print(json.dumps(load_home(Path(sys.argv[1]))))

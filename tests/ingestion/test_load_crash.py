"""A load killed at any durable step, then run again, ends as one that was never disturbed."""

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.load.loader import raw_files
from orchestration.control.store import ControlStore

STEPS = (
    *(
        "loader.after_write",
        "storage.after_fsync",
        "storage.after_rename",
        "storage.after_directory_fsync",
    ),
    *("loader.before_ledger", "loader.after_ledger"),
)
SCRIPT = """
import sys
from datetime import date, datetime
from pathlib import Path
from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore
home = Path(sys.argv[1])
store = ControlStore.open(home / "control" / "clientele.sqlite")
load(
    Folder(home / "extracts"), RawFolder(Folder(home / "raw")), store,
    load_contracts(home / "sources"), {"shop"},
    as_of=datetime(2024, 6, 1, 22), as_of_date=date(2024, 6, 1), run_id=sys.argv[2],
)
"""


def deliver(zone: Any) -> None:
    zone.put(
        "shop/spend-2024-05-01.csv",
        "Day,campaign,clicks,cost\n2024-05-01,spring,1,1.00\n2024-05-01,spring,x,1.00\n",
    )
    zone.put("shop/refunds-2024-05-02.jsonl", '{"id": 1}\n{"id": 2}\n')
    zone.put("shop/stock-2024-05-03-1.csv", "product,pieces\na,1\n")
    zone.put("shop/stock-2024-05-03-2.csv", "product,pieces\nb,2\n")
    zone.put("shop/lines-2024-05-04.csv", "text\nhello")


def run(home: Path, run_id: str, killpoint: str = "") -> int:
    environment = {**os.environ, "CLIENTELE_KILLPOINT": killpoint}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home), run_id],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def state(home: Path) -> dict[str, Any]:
    """Ledger, files and rows; not which run wrote them."""
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    columns = [
        row["name"]
        for row in store.query("select name from pragma_table_info('extract_files')")
        if row["name"] != "run_id"
    ]
    ledger = [
        tuple(row)
        for row in store.query(f"select {', '.join(columns)} from extract_files order by sequence")
    ]
    statuses = [
        row["status"] for row in store.query("select status from extract_files order by sequence")
    ]
    rows = {
        table: duckdb.execute(
            "select * from read_parquet($1) order by all",
            [[str(home / "raw" / file) for file in files]],
        ).fetchall()
        for table, files in raw_files(store, datetime(2030, 1, 1)).items()
    }
    store.close()
    files = sorted(
        path.relative_to(home).as_posix()
        for path in (home / "raw").rglob("*")
        if path.is_file() and "_leftovers" not in path.parts  # what a killed load left, set aside
    )
    return {"ledger": ledger, "statuses": statuses, "rows": rows, "files": files}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, zone_at: Any) -> dict[str, Any]:
    zone = zone_at(tmp_path_factory.mktemp("twin") / "home")
    deliver(zone)
    assert run(zone.home, "run-1") == 0
    found = state(zone.home)
    assert found["statuses"] == ["loaded", "loaded", "loaded", "loaded", "refused"]
    return found


@pytest.mark.parametrize(
    "place", [*(f"{step}:1" for step in STEPS), "storage.after_rename:2", "storage.after_rename:4"]
)
def test_killed_and_run_again_is_as_if_never_killed(
    zone: Any, undisturbed: dict[str, Any], place: str
) -> None:
    deliver(zone)
    assert run(zone.home, "run-1", place) == -signal.SIGKILL
    seen = state(zone.home)
    assert seen["ledger"] == undisturbed["ledger"][: len(seen["ledger"])], (
        "a killed load leaves a beginning of the ledger, nothing else"
    )
    assert run(zone.home, "run-2") == 0
    assert state(zone.home) == undisturbed

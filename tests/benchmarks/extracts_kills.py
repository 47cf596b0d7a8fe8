"""Part of topic `extracts`: loads killed for real, at every durable step and at random;
and what a second night costs.

Every killed load runs in a process of its own. Afterwards one undisturbed load must leave what
a twin has that was never disturbed: the same ledger, the same files, the same rows in raw
and in quarantine.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from extracts_home import make_home, order_line, put, write_contract

from ingestion.contracts.reading import load_contracts
from ingestion.ledger import Ledger
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore
from orchestration.settings import PROJECT

STEPS = (
    *(
        "loader.after_write",
        "storage.after_fsync",
        "storage.after_rename",
        "storage.after_directory_fsync",
    ),
    *("loader.before_ledger", "loader.after_ledger"),
)
AS_OF, AS_OF_DATE, AGAIN, AGAIN_DATE = (
    datetime(2024, 6, 9, 22),
    date(2024, 6, 9),
    datetime(2024, 6, 10, 22),
    date(2024, 6, 10),
)
KNOWN_FILES, NEW_FILES = 10_000, 100
SEED = 20240609


def measure_kills(size: str = "full") -> list[dict[str, Any]]:
    """Figures `kills` and `kill_differences`."""
    chosen = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="clientele-kills-") as folder:
        scratch = Path(folder)
        twin = make_home(scratch / "twin")
        began = time.monotonic()
        if _kill(twin, ("never", 1), 0):
            raise RuntimeError("an undisturbed load was killed")
        whole_s = time.monotonic() - began
        undisturbed = state(twin)
        reached = {step: _times_reached(twin, step) for step in STEPS}
        places = [(step, n) for step in STEPS for n in range(1, reached[step] + 1)]
        at_random = 40 if size == "full" else 2
        if size != "full":
            places = chosen.sample(places, 6)
        kills = differences = 0
        for number, place in enumerate([*places, *[None] * at_random]):
            home = make_home(scratch / str(number))
            kills += _kill(home, place, chosen.uniform(0.2, whole_s))
            _load_here(home, AS_OF, AS_OF_DATE, "undisturbed")
            differences += state(home) != undisturbed
        pairs = chosen.sample(places, 10 if size == "full" else 1)
        for number, place in enumerate(pairs):  # killed, and killed again while it goes on
            home = make_home(scratch / f"pair-{number}")
            kills += _kill(home, place, 0) + _kill(home, ("storage.after_rename", 1), 0)
            _load_here(home, AS_OF, AS_OF_DATE, "undisturbed")
            differences += state(home) != undisturbed
    note = (
        f"SIGKILL at every durable step of a load of {len(undisturbed['ledger'])} files,"
        f" pairs of them, and {at_random} at random moments"
    )
    return [
        _figure("kills", kills, "kills", ">= 100" if size == "full" else "", note),
        _figure(
            "kill_differences",
            differences,
            "loads",
            "= 0",
            "ledger, files, raw and quarantine against a twin never disturbed",
        ),
    ]


def measure_listing(size: str = "full") -> list[dict[str, Any]]:
    """Figure `list_10k_known_s`: the second night, when 1 % of the files are new."""
    known, new = (KNOWN_FILES, NEW_FILES) if size == "full" else (200, 2)
    with tempfile.TemporaryDirectory(prefix="clientele-listing-") as folder:
        home = Path(folder)
        write_contract(home)
        for i in range(known):
            put(home, f"shop/orders-2024-06-{i % 9 + 1:02}-{i}.jsonl", order_line(i))
        _load_here(home, AS_OF, AS_OF_DATE, "first")
        time.sleep(
            2.1
        )  # a file that young is read again, because it may change within a tick of its clock
        _load_here(home, AS_OF, AS_OF_DATE, "settled")
        for i in range(known, known + new):
            put(home, f"shop/orders-2024-06-10-{i}.jsonl", order_line(i))
        before, began = _cpu(), time.monotonic()
        loaded = _load_here(home, AGAIN, AGAIN_DATE, "second")
        wall, cpu = time.monotonic() - began, _cpu() - before
    if loaded != new:
        raise RuntimeError(f"the second night loaded {loaded} files where {new} are new")
    note = (
        f"{known:,} known files, {new:,} new ones of 1 row loaded with all checks; {cpu:.1f} s CPU"
    )
    return [_figure("list_10k_known_s", round(wall, 2), "s", "<= 2", note)]


def state(home: Path) -> dict[str, Any]:
    """What a home holds, without which run wrote it and when its process ran."""
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    try:
        columns = [
            row["name"]
            for row in store.query("select name from pragma_table_info('extract_files')")
            if row["name"] != "run_id"
        ]
        ledger = [
            tuple(row)
            for row in store.query(
                f"select {', '.join(columns)} from extract_files order by sequence"
            )
        ]
        live = Ledger(store).live_entries(AGAIN)
    finally:
        store.close()
    files = sorted(
        path.relative_to(home).as_posix()
        for path in (home / "raw").rglob("*.parquet")
        if "_leftovers" not in path.parts  # what a killed load left, set aside
    )
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for entry in live:
        for kind, path in [("raw", path) for path in entry.data_paths] + [
            ("bad", entry.quarantine_path)
        ] * bool(entry.rows_quarantined):
            found = duckdb.execute(
                "select * from read_parquet($1)", [str(home / "raw" / path)]
            ).fetchall()
            rows.setdefault(f"{kind}.{entry.raw_name}", []).extend(found)
    return {
        "ledger": ledger,
        "files": files,
        "rows": {name: sorted(found, key=str) for name, found in rows.items()},
    }


def _kill(home: Path, place: tuple[str, int] | None, after_s: float) -> int:
    """Load in a process that is killed: at the n-th time it reaches a step,
    or after some seconds; 1 when it was."""
    environment = {**os.environ, "CLIENTELE_KILLPOINT": f"{place[0]}:{place[1]}" if place else ""}
    process = subprocess.Popen([sys.executable, __file__, str(home)], cwd=PROJECT, env=environment)
    if place is None:
        time.sleep(after_s)
        process.kill()
    code = process.wait()
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the load below {home} ended with {code}")
    return int(code == -signal.SIGKILL)


def _times_reached(twin: Path, step: str) -> int:
    counts: dict[str, int] = json.loads((twin / "steps.json").read_text(encoding="utf-8"))
    return counts[step]


def _load_here(home: Path, as_of: datetime, as_of_date: date, run_id: str) -> int:
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    try:
        contracts = load_contracts(home / "sources")
        landing, raw = Folder(home / "extracts"), RawFolder(Folder(home / "raw"))
        report = load(
            landing,
            raw,
            store,
            contracts,
            {"shop"},
            as_of=as_of,
            as_of_date=as_of_date,
            run_id=run_id,
        )
    finally:
        store.close()
    return len(report.loaded)


def _count_steps(home: Path) -> None:
    """Note how often each step is reached, for whoever wants to kill at each."""
    from ingestion.killpoint import killpoint
    from ingestion.load import load_run
    from ingestion.storage import folder as storage

    counts: dict[str, int] = {}

    def counted(name: str) -> None:
        counts[name] = counts.get(name, 0) + 1
        killpoint(name)

    load_run.killpoint = storage.killpoint = counted  # type: ignore[attr-defined]
    _load_here(home, AS_OF, AS_OF_DATE, "kills")
    (home / "steps.json").write_text(json.dumps(counts), encoding="utf-8")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


if __name__ == "__main__":
    _count_steps(Path(sys.argv[1]))

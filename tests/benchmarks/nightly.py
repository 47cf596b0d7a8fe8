"""Topic `nightly`: what a night costs, cold and repeated, and how right its stitching is.

Every night here runs in its own home, through the command that users run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from commands import clientele, figure, report, tables
from empty_shop import empty_night

from orchestration.settings import PROJECT

# Seeds that no test uses.
QUALITY_SEEDS = (101, 202, 303)
SMALL, QUALITY, TINY = 2_000, 1_000, 300


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic. `tiny` has one small shop, run twice."""
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        scratch = Path(folder)
        if size == "tiny":
            return _second_run(scratch / "tiny", TINY)
        figures = _cold(scratch / "cold")
        spent = round(empty_night(scratch / "empty"), 1)
        note = "all sources switched off: start-up, dbt, gates"
        figures.append(figure("empty_night_cpu_s", spent, "s", "", note))
        figures += _second_run(scratch / "second", SMALL)
        figures += _quality(scratch / "quality", QUALITY)
    return figures


def _cold(folder: Path) -> list[dict[str, Any]]:
    """A fresh clone with a fresh virtual environment: what a newcomer waits."""
    subprocess.run(["git", "clone", "-q", str(PROJECT), str(folder)], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CLIENTELE_", "VIRTUAL_ENV", "DAGSTER_"))
    }
    began = time.monotonic()
    subprocess.run(["make", "nightly"], cwd=folder, env=environment, check=True, stdout=sys.stderr)
    wall = round(time.monotonic() - began, 1)
    told = report(folder / "var")
    shutil.rmtree(folder)
    return [
        figure(
            "cold_wall_s", wall, "s", "<= 150", "clone to summary, 2,000 customers, packages cached"
        ),
        figure("job_wall_s", told["wall_s"], "s", "<= 60", "of which the night itself"),
        figure("job_peak_gib", told["peak_memory_gib"], "GiB", "<= 2"),
    ]


def _second_run(home: Path, customers: int) -> list[dict[str, Any]]:
    """A published night once more."""
    clientele(home, "sample", "--customers", str(customers))
    clientele(home, "nightly")
    first = tables(home)
    clientele(home, "nightly")
    second, told = tables(home), report(home)
    changed = sum(rows for table, (rows, hash_) in second.items() if first[table][1] != hash_)
    sent = sum(sync["acknowledged"] + sync["removed"] for sync in told["syncs"])
    note = "rows of tables whose content hash changed"
    return [
        figure("second_run_loaded_files", told["files"]["loaded"], "files", "= 0"),
        figure("second_run_changed_rows", changed, "rows", "= 0", note),
        figure("second_run_sent_rows", sent, "rows", "= 0"),
    ]


def _quality(home: Path, customers: int) -> list[dict[str, Any]]:
    """Stitching on shops that no test tunes to; the worst of them counts."""
    found = []
    for seed in QUALITY_SEEDS:
        one = home / str(seed)
        clientele(one, "sample", "--customers", str(customers), "--seed", str(seed))
        clientele(one, "nightly")
        found.append(report(one)["identity"])
        shutil.rmtree(one)
    worst = min(found, key=lambda identity: identity["recall"] - identity["email_only_recall"])
    note = (
        f"sample shop, {customers:,} customers, seeds {', '.join(map(str, QUALITY_SEEDS))};"
        " invented data; worst of the three"
    )
    return [
        figure(
            "sample_pair_precision",
            min(identity["precision"] for identity in found),
            "",
            ">= .99",
            note,
        ),
        figure(
            "sample_pair_recall",
            worst["recall"],
            "",
            f"> {worst['email_only_recall']}",
            f"{note}; e-mail alone is the bar",
        ),
    ]

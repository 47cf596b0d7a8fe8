"""Topic `nightly`: what a night costs, cold and repeated, beside the bare SQL it consists of,
and how right its stitching is.

Every night here runs in its own home, through the command that users run.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bare_sql import bare_cpu_seconds

from orchestration.settings import PROJECT

EMPTY = """
shop: {name: Empty shop, time_zone: Europe/Berlin}
reporting_currency: EUR
gross_margin: 0.45
as_of: 2026-07-01
sources: {shopify: {enabled: false}}
destinations: {hubspot: {enabled: false}, postgres: {enabled: false}}
"""
# Seeds that no test uses.
QUALITY_SEEDS = (101, 202, 303)
LARGE, SMALL, QUALITY, TINY = 100_000, 2_000, 1_000, 600


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic. `tiny` has one small shop for everything and no cold clone."""
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        scratch = Path(folder)
        if size == "tiny":
            return _large(scratch / "tiny", TINY, 0.0)
        figures = _cold(scratch / "cold")
        empty = _empty_night(scratch / "empty")
        figures.append(
            _figure(
                "empty_night_cpu_s",
                empty,
                "s",
                "",
                "all sources switched off: start-up, dbt, gates",
            )
        )
        _clientele(scratch / "second", "sample", "--customers", str(SMALL))
        _night(scratch / "second")
        figures += _second_run(scratch / "second")
        figures += _large(scratch / "large", LARGE, empty)
        figures += _quality(scratch / "quality", QUALITY)
    return figures


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


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
    report = _report(folder / "var")
    shutil.rmtree(folder)
    return [
        _figure(
            "cold_wall_s", wall, "s", "<= 150", "clone to summary, 2,000 customers, packages cached"
        ),
        _figure("job_wall_s", report["wall_s"], "s", "<= 60", "of which the night itself"),
        _figure("job_peak_gib", report["peak_memory_gib"], "GiB", "<= 2"),
    ]


def _empty_night(home: Path) -> float:
    settings = home / "clientele.yml"
    (home / "extracts").mkdir(parents=True)
    settings.write_text(EMPTY, encoding="utf-8")
    return _night(home, settings)


def _second_run(home: Path) -> list[dict[str, Any]]:
    """The published night once more."""
    first = _tables(home)
    _night(home)
    second, report = _tables(home), _report(home)
    changed = sum(
        second[table]["rows"] for table in second if second[table]["hash"] != first[table]["hash"]
    )
    return [
        _figure("second_run_loaded_files", report["files"]["loaded"], "files", "= 0"),
        _figure(
            "second_run_changed_rows",
            changed,
            "rows",
            "= 0",
            "rows of tables whose content hash changed",
        ),
        _figure(
            "second_run_sent_rows",
            sum(s["acknowledged"] + s["removed"] for s in report["syncs"]),
            "rows",
            "= 0",
        ),
    ]


def _large(home: Path, customers: int, empty: float) -> list[dict[str, Any]]:
    """One night of a large shop, and the loader and the bare SQL of the same
    night, in the same run."""
    began = time.monotonic()
    _clientele(home, "sample", "--customers", str(customers))
    sample_wall = round(time.monotonic() - began, 1)
    night = _night(home)
    report = _report(home)
    limit = bare_cpu_seconds(home)
    ratio = round((night - empty) / limit, 2)
    events = report["rows"]["raw"]["web_events"]
    size = f"{customers:,} customers, {events:,} events"
    return [
        _figure("night_100k_sample_wall_s", sample_wall, "s", "", f"making the extracts: {size}"),
        _figure("night_100k_cpu_s", round(night, 1), "s", "", size),
        _figure(
            "night_100k_limit_cpu_s",
            limit,
            "s",
            "",
            "the loader alone + the night's SQL statements bare, in order, in one connection",
        ),
        _figure("night_100k_ratio", ratio, "", "<= 1.5", "(night - empty night) / limit"),
        _figure("night_100k_peak_gib", report["peak_memory_gib"], "GiB", "<= 8"),
    ]


def _quality(home: Path, customers: int) -> list[dict[str, Any]]:
    """Stitching on shops that no test tunes to; the worst of them counts."""
    found = []
    for seed in QUALITY_SEEDS:
        one = home / str(seed)
        _clientele(one, "sample", "--customers", str(customers), "--seed", str(seed))
        _night(one)
        found.append(_report(one)["identity"])
        shutil.rmtree(one)
    worst = min(found, key=lambda identity: identity["recall"] - identity["email_only_recall"])
    note = (
        f"sample shop, {customers:,} customers, seeds {', '.join(map(str, QUALITY_SEEDS))};"
        " invented data; worst of the three"
    )
    return [
        _figure(
            "sample_pair_precision",
            min(identity["precision"] for identity in found),
            "",
            ">= .99",
            note,
        ),
        _figure(
            "sample_pair_recall",
            worst["recall"],
            "",
            f"> {worst['email_only_recall']}",
            f"{note}; e-mail alone is the bar",
        ),
    ]


def _clientele(home: Path, *arguments: str, settings: Path | None = None) -> None:
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "orchestration.cli.main", "--home", str(home)]
    command += ["--settings", str(settings)] if settings else []
    done = subprocess.run(
        [*command, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 3):
        raise RuntimeError(
            f"clientele {' '.join(arguments)} ended with {done.returncode}:\n"
            f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )


def _night(home: Path, settings: Path | None = None) -> float:
    """CPU seconds of one `clientele nightly`, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _clientele(home, "nightly", settings=settings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1)


def _report(home: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(
        (home / "nights" / "latest.json").read_text(encoding="utf-8")
    )
    return report


def _tables(home: Path) -> dict[str, dict[str, Any]]:
    run_id = (home / "generations" / "current").read_text(encoding="ascii").strip()
    sealed = json.loads((home / "generations" / f"gen-{run_id}.json").read_text(encoding="utf-8"))
    return {table["table"]: table for table in sealed["tables"]}

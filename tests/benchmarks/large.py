"""Topic `large`: nights of a shop of 100,000 customers: beside the bare SQL that they consist of,
with a gigabyte for DuckDB, and with one row in a hundred new.

Every night here runs in its own home, through the command that users run. About half an hour.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from bare_sql import bare_cpu_seconds
from commands import clientele, figure, report, tables
from empty_shop import empty_night

from orchestration.settings import PROJECT

LARGE, TINY = 100_000, 600
# Deliveries of the sample up to this day leave one row in a hundred for the days after it.
UNTIL = "2026-06-26"
MEMORY = "1GB"


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic; `tiny` has a small shop."""
    customers = TINY if size == "tiny" else LARGE
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        scratch = Path(folder)
        whole, figures = _whole(scratch / "whole", customers, empty_night(scratch / "empty"))
        figures += _limited(scratch / "limited", scratch / "whole", whole)
        shutil.rmtree(scratch / "limited")
        shutil.rmtree(scratch / "whole")
        figures += _warm(scratch / "warm", customers, whole)
    return figures


def _whole(home: Path, customers: int, empty: float) -> tuple[float, list[dict[str, Any]]]:
    """A first night, and the loader and the bare SQL of the same night, in the same run."""
    began = time.monotonic()
    clientele(home, "sample", "--customers", str(customers))
    sample_wall = round(time.monotonic() - began, 1)
    spent = clientele(home, "nightly")
    told = report(home)
    limit = bare_cpu_seconds(home)
    size = f"{customers:,} customers, {told['rows']['raw']['web_events']:,} events"
    bare = "the loader alone + the night's SQL statements bare, in order, in one connection"
    return spent, [
        figure("night_100k_sample_wall_s", sample_wall, "s", "", f"making the extracts: {size}"),
        figure("night_100k_cpu_s", round(spent, 1), "s", "", size),
        figure("night_100k_limit_cpu_s", limit, "s", "", bare),
        figure(
            "night_100k_ratio",
            round((spent - empty) / limit, 2),
            "",
            "<= 1.3",
            f"(night - empty night of {empty:.0f} CPU s) / limit",
        ),
        figure("night_100k_peak_gib", told["peak_memory_gib"], "GiB", "<= 8"),
    ]


def _limited(home: Path, other: Path, whole: float) -> list[dict[str, Any]]:
    """The same first night with little memory for DuckDB."""
    home.mkdir()
    shutil.copytree(other / "extracts", home / "extracts", copy_function=os.link)
    settings = home / "clientele.yml"
    given = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
    settings.write_text(f"{given}\nlimits: {{memory: {MEMORY}}}\n", encoding="utf-8")
    spent = clientele(home, "nightly", settings=settings)
    return [
        figure(
            "limited_100k_ratio",
            round(spent / whole, 2),
            "",
            "<= 1.3",
            f"{MEMORY} for DuckDB: {spent:.0f} of {whole:.0f} CPU s,"
            f" peak {report(home)['peak_memory_gib']} GiB of all processes",
        ),
        _differ("limited_100k_tables_that_differ", tables(other), tables(home)),
    ]


def _warm(home: Path, customers: int, whole: float) -> list[dict[str, Any]]:
    """A night with the last deliveries alone; and the same night from nothing that is kept."""
    clientele(home, "sample", "--customers", str(customers), "--until", UNTIL)
    clientele(home, "nightly")
    before = sum(rows for rows in report(home)["rows"]["raw"].values())
    clientele(home, "sample", "--customers", str(customers))
    spent = clientele(home, "nightly")
    told, warm = report(home), tables(home)
    new = sum(rows for rows in told["rows"]["raw"].values()) - before
    for kept in ("derived", "dbt"):
        shutil.rmtree(home / kept)
    clientele(home, "nightly")
    return [
        figure(
            "warm_100k_ratio",
            round(spent / whole, 2),
            "",
            "<= .55",
            f"{new:,} of {before + new:,} rows new: {spent:.0f} of {whole:.0f} CPU s",
        ),
        _differ("warm_100k_tables_that_differ", warm, tables(home)),
    ]


def _differ(
    name: str, these: dict[str, tuple[int, str]], those: dict[str, tuple[int, str]]
) -> dict[str, Any]:
    differ = sorted(table for table in these if those.get(table) != these[table])
    return figure(name, len(differ), "tables", "= 0", ", ".join(differ) or "by content hash")

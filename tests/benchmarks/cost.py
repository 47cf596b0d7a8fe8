"""Topic `cost`: a night of the sample shop, beside the same night by the code of an earlier commit,
in one run, so that the machine's hour counts for both.

CLIENTELE_BASE=<commit> compares with another commit than the one before nights were made cheaper.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from commands import clientele, cpu_of_children, figure, report, tables

from orchestration.settings import PROJECT

BASE = "9ccfe9a"
REPEATS = 3
SIZES = {"full": "2000", "tiny": "100"}


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic; `tiny` has a small shop, one repeat and no clones."""
    tiny = size == "tiny"
    base = os.environ.get("CLIENTELE_BASE", BASE)
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        scratch = Path(folder)
        sides = {"then": scratch / "code", "now": PROJECT}
        git = ["git", "worktree"]
        subprocess.run([*git, "add", "--detach", str(sides["then"]), base], cwd=PROJECT, check=True)
        try:
            figures = _nights(scratch, sides, SIZES[size], 1 if tiny else REPEATS)
            if not tiny:
                figures.append(_cold(scratch, base))
        finally:
            subprocess.run([*git, "remove", "--force", str(sides["then"])], cwd=PROJECT, check=True)
    return figures


def _nights(
    scratch: Path, sides: dict[str, Path], customers: str, repeats: int
) -> list[dict[str, Any]]:
    """A first night, then the same one again with nothing new, both sides in turn."""
    first: dict[str, float] = {}
    again: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for side, code in sides.items():
        home = scratch / side
        clientele(home, "sample", "--customers", customers, code=code)
        first[side] = _night(code, home)["cpu"]
    for _ in range(repeats):
        for side, code in sides.items():
            again[side].append(_night(code, scratch / side))
    shop = f"{int(customers):,} customers"

    def ratio(what: str) -> tuple[float, str]:
        now, then = (
            statistics.median(night[what] for night in again[side]) for side in ("now", "then")
        )
        return round(now / then, 2), f"{shop}, nothing new: {now:.1f} of {then:.1f} s"

    fixed, said = ratio("cpu")
    wall, said_wall = ratio("wall_s")
    old, new = (again[side][-1]["tables"] for side in ("then", "now"))
    moved = [table for table in old if old[table] != new.get(table)]
    return [
        figure(
            "first_night_ratio",
            round(first["now"] / first["then"], 2),
            "",
            "<= .75",
            f"{shop}, everything new: {first['now']:.1f} of {first['then']:.1f} CPU s",
        ),
        figure("night_fixed_ratio", fixed, "", "<= .40", f"CPU; {said}"),
        figure("job_wall_ratio", wall, "", "<= .45", said_wall),
        figure(
            "night_tables_that_differ",
            len(moved),
            "tables",
            "= 0",
            f"of {len(old)} by content hash{''.join(f'; {table}' for table in moved)}",
        ),
    ]


def _cold(scratch: Path, base: str) -> dict[str, Any]:
    """`make nightly` in a fresh clone with a fresh environment, packages cached."""
    spent = {}
    for side, commit in (("then", base), ("now", "HEAD")):
        clone = scratch / f"clone-{side}"
        subprocess.run(["git", "clone", "-q", str(PROJECT), str(clone)], check=True)
        head = subprocess.run(
            ["git", "rev-parse", commit], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        checkout = ["git", "-c", "advice.detachedHead=false", "checkout", "-q", head.stdout.strip()]
        subprocess.run(checkout, cwd=clone, check=True)
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CLIENTELE_", "VIRTUAL_ENV", "DAGSTER_", "PYTHON"))
        }
        before = cpu_of_children()
        subprocess.run(
            ["make", "nightly"], cwd=clone, env=environment, check=True, stdout=sys.stderr
        )
        spent[side] = cpu_of_children() - before
    return figure(
        "cold_ratio",
        round(spent["now"] / spent["then"], 2),
        "",
        "<= .65",
        f"clone to summary: {spent['now']:.0f} of {spent['then']:.0f} CPU s",
    )


def _night(code: Path, home: Path) -> dict[str, Any]:
    """CPU seconds of one `clientele nightly` with its children, the job's wall time, the tables."""
    spent = clientele(home, "nightly", code=code)
    return {"cpu": spent, "wall_s": report(home)["wall_s"], "tables": tables(home)}

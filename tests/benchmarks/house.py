"""Topic `house`: whether imports go one way, how large files are, what a source of orders takes,
what `clientele try` costs, and whether a change of the code moved any table.

CLIENTELE_BASE=<commit> compares with another commit than the one before sources were declared once.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from commands import clientele, figure, tables

from orchestration.settings import PROJECT

RECIPE = PROJECT / "tests" / "integration" / "small_changes" / "orders"
FILE_LINES = 300
# Tables that came since the commit compared with are no difference.
BASE = "1b2a72b"


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic; `tiny` leaves out those that want a night."""
    figures = [_upward_imports(), _long_files(), *_order_source()]
    if size == "tiny":
        return figures
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = Path(folder) / "now"
        clientele(home, "nightly", "--sample")
        figures.append(_try(home))
        base = os.environ.get("CLIENTELE_BASE", BASE)
        figures.append(_tables_that_differ(base, Path(folder), home))
    return figures


def _upward_imports() -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) kept, (\d+) broken", done.stdout)
    assert found and int(found[1]) > 0, done.stdout + done.stderr
    note = "broken contracts of import-linter"
    return figure("upward_imports", int(found[2]), "contracts", "= 0", note)


def _long_files() -> dict[str, Any]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()
    longest = max(len((PROJECT / file).read_text(encoding="utf-8").splitlines()) for file in listed)
    return figure("longest_python_file", longest, "lines", f"<= {FILE_LINES}")


def _order_source() -> list[dict[str, Any]]:
    """What the test of the recipes adds for a shop of its own."""
    from tests.integration.recipes import LINES

    new = [file for file in RECIPE.rglob("*") if file.is_file()]
    edited = sorted({line.file for line in LINES if line.recipe == "orders"})
    return [
        figure("order_source_new_files", len(new), "files", "<= 8"),
        figure("order_source_shared_edits", len(edited), "files", "<= 1", ", ".join(edited)),
    ]


def _try(home: Path) -> dict[str, Any]:
    """CPU of the process and all its children, as a person waits for it."""
    spent = round(clientele(home, "try", "shopify"), 1)
    note = (
        "the sample shop's 63 files, rates beside;"
        f" 20 million additions in Python beside it: {_additions():.1f} CPU s"
    )
    return figure("try_cpu_s", spent, "s", "<= 30", note)


def _additions() -> float:
    """CPU of a fixed loop: how fast the machine is just now."""
    began, total = time.process_time(), 0
    for number in range(20_000_000):
        total += number
    return time.process_time() - began


def _tables_that_differ(base: str, folder: Path, home: Path) -> dict[str, Any]:
    """Tables of the sample night that the commit `base` builds otherwise, by content hash."""
    code = folder / "base"
    git = ["git", "worktree"]
    subprocess.run([*git, "add", "--detach", str(code), base], cwd=PROJECT, check=True)
    try:
        clientele(folder / "then", "nightly", "--sample", code=code)
    finally:
        subprocess.run([*git, "remove", "--force", str(code)], cwd=PROJECT, check=True)
    then, now = tables(folder / "then"), tables(home)
    differ = sorted(table for table in then if now.get(table) != then[table])
    new = sorted(now.keys() - then.keys())
    which = f" ({', '.join(differ)})" if differ else ""
    note = f"of {len(then)} against {base}{which}; new: {', '.join(new) or 'none'}"
    return figure("tables_that_differ", len(differ), "tables", "= 0", note)

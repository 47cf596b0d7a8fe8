"""Topic `house`: whether imports go one way, how large files are, what a source of orders takes,
what `clientele try` costs, and whether a change of the code moved any table.

CLIENTELE_BASE=<commit> compares with another commit than the one before sources were declared once.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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
        key = Path(folder) / "installation.key"
        key.write_text("0" * 64, encoding="ascii")
        _clientele(PROJECT, home, key, "nightly", "--sample")
        figures.append(_try(home, key))
        base = os.environ.get("CLIENTELE_BASE", BASE)
        figures.append(_tables_that_differ(base, Path(folder), home, key))
    return figures


def _figure(name: str, value: Any, bar: str, unit: str = "", note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


def _upward_imports() -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) kept, (\d+) broken", done.stdout)
    assert found and int(found[1]) > 0, done.stdout + done.stderr
    return _figure(
        "upward_imports", int(found[2]), "= 0", "contracts", "broken contracts of import-linter"
    )


def _long_files() -> dict[str, Any]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()
    longest = max(len((PROJECT / file).read_text(encoding="utf-8").splitlines()) for file in listed)
    return _figure("longest_python_file", longest, f"<= {FILE_LINES}", "lines")


def _order_source() -> list[dict[str, Any]]:
    """What the test of the recipes adds for a shop of its own."""
    from tests.integration.recipes import LINES

    new = [file for file in RECIPE.rglob("*") if file.is_file()]
    edited = sorted({line.file for line in LINES if line.recipe == "orders"})
    return [
        _figure("order_source_new_files", len(new), "<= 8", "files"),
        _figure("order_source_shared_edits", len(edited), "<= 1", "files", ", ".join(edited)),
    ]


def _try(home: Path, key: Path) -> dict[str, Any]:
    """CPU of the process and all its children, as a person waits for it."""
    before = _children()
    _clientele(PROJECT, home, key, "try", "shopify")
    spent = round(_children() - before, 1)
    note = (
        "the sample shop's 63 files, rates beside;"
        f" 20 million additions in Python beside it: {_additions():.1f} CPU s"
    )
    return _figure("try_cpu_s", spent, "<= 30", "s", note)


def _additions() -> float:
    """CPU of a fixed loop: how fast the machine is just now."""
    began, total = time.process_time(), 0
    for number in range(20_000_000):
        total += number
    return time.process_time() - began


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tables_that_differ(base: str, folder: Path, home: Path, key: Path) -> dict[str, Any]:
    """Tables of the sample night that the commit `base` builds otherwise, by content hash."""
    code = folder / "base"
    git = ["git", "worktree"]
    subprocess.run([*git, "add", "--detach", str(code), base], cwd=PROJECT, check=True)
    try:
        _clientele(code, folder / "then", key, "nightly", "--sample")
    finally:
        subprocess.run([*git, "remove", "--force", str(code)], cwd=PROJECT, check=True)
    then, now = _hashes(folder / "then"), _hashes(home)
    differ = sorted(table for table in then if now.get(table) != then[table])
    new = sorted(now.keys() - then.keys())
    which = f" ({', '.join(differ)})" if differ else ""
    note = f"of {len(then)} against {base}{which}; new: {', '.join(new) or 'none'}"
    return _figure("tables_that_differ", len(differ), "= 0", "tables", note)


def _hashes(home: Path) -> dict[str, tuple[int, str]]:
    published = (home / "generations" / "current").read_text(encoding="ascii").strip()
    file = home / "generations" / f"gen-{published}.json"
    tables = json.loads(file.read_text(encoding="utf-8"))["tables"]
    return {table["table"]: (table["rows"], table["hash"]) for table in tables}


def _clientele(code: Path, home: Path, key: Path, *arguments: str) -> None:
    given = {"PYTHONPATH": str(code), "CLIENTELE_KEY_FILE": str(key)}
    # Older commits have the command line in one module.
    is_package = (code / "orchestration" / "cli" / "main.py").is_file()
    module = "orchestration.cli.main" if is_package else "orchestration.cli"
    command = [sys.executable, "-m", module, "--home", str(home), *arguments]
    done = subprocess.run(
        command, cwd=code, env=os.environ | given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

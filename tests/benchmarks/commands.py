"""What benchmarks do with the command line: run it as users do, count CPU, read what it left."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT


def figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    """One row of a topic's results."""
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


def clientele(
    home: Path, *arguments: str, settings: Path | None = None, code: Path = PROJECT
) -> float:
    """CPU seconds of one command in a home, children included. `code`: another checkout, run
    in this environment; homes beside each other share one key, so that their ids are the same.

    Errors: `RuntimeError` with the end of what it said, for another exit code than 0 and 3.
    """
    home.mkdir(parents=True, exist_ok=True)
    key = home.parent / "installation.key"
    key.write_text("0" * 64, encoding="ascii")
    # Older commits have the command line in one module.
    is_package = (code / "orchestration" / "cli" / "main.py").is_file()
    module = "orchestration.cli.main" if is_package else "orchestration.cli"
    command = [sys.executable, "-m", module, "--home", str(home)]
    command += ["--settings", str(settings)] if settings else []
    before = cpu_of_children()
    done = subprocess.run(
        [*command, *arguments],
        cwd=code,
        env=os.environ | {"PYTHONPATH": str(code), "CLIENTELE_KEY_FILE": str(key)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 3):
        raise RuntimeError(
            f"clientele {' '.join(arguments)} ended with {done.returncode}:\n"
            f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    return cpu_of_children() - before


def cpu_of_children() -> float:
    """CPU seconds of all finished child processes so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(home: Path) -> dict[str, Any]:
    """What the last night reported."""
    text = (home / "nights" / "latest.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def tables(home: Path, run_id: str | None = None) -> dict[str, tuple[int, str]]:
    """Rows and content hash of each table of a generation, by default the published one."""
    pointer = home / "generations" / "current"
    run_id = run_id or pointer.read_text(encoding="ascii").strip()
    sealed = description(home / "generations" / f"gen-{run_id}.json")
    return {table["table"]: (table["rows"], table["hash"]) for table in sealed["tables"]}


def description(file: Path) -> dict[str, Any]:
    """What a night said of the generation that it sealed. Newer code keeps a digest before it."""
    text = file.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text[text.index("{") :])
    return found

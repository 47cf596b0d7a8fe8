"""The command as users run it, in a process of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT


def start(
    home: Path,
    *arguments: str,
    settings: Path | None = None,
    project: Path = PROJECT,
    **secrets: str,
) -> subprocess.Popen[str]:
    """Begin `clientele <arguments>`.

    `secrets` are environment variables; none of this process's own settings is seen.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CLIENTELE_", "DAGSTER_"))
    }
    # The folder that stands first is the project that runs, wherever another one is installed.
    environment |= {"PYTHONPATH": str(project)} | secrets
    command = [
        sys.executable,
        "-m",
        "orchestration.cli.main",
        "--home",
        str(home),
        *(["--settings", str(settings)] if settings else []),
    ]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def clientele(home: Path, *arguments: str, **given: Any) -> subprocess.CompletedProcess[str]:
    """Run `clientele <arguments>` to its end."""
    process = start(home, *arguments, **given)
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def latest(home: Path) -> dict[str, Any]:
    """The report of the last night."""
    report: dict[str, Any] = json.loads(
        (home / "nights" / "latest.json").read_text(encoding="utf-8")
    )
    return report


def stop_in_the_night(process: subprocess.Popen[str], store: Path) -> None:
    """Halt a run that holds the lease, at a moment at which it does not also lock
    the control store."""
    while process.poll() is None:
        with closing(sqlite3.connect(store, timeout=0)) as db:
            holds = db.execute(
                "select count(*) from runs where pid = ? and status = 'running'", [process.pid]
            ).fetchone()[0]
        if holds:
            os.kill(process.pid, signal.SIGSTOP)
            try:
                with closing(sqlite3.connect(store, timeout=0)) as db:
                    db.execute("begin immediate")
                return
            except sqlite3.OperationalError:
                os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.05)
    raise AssertionError("the run ended before it could be halted")

"""`clientele ui`: Dagster's web page and its daemon, on the same project and the same state
as the command line."""

import os
import sys

from orchestration.cli.dagster_home import prepare_dagster_home
from orchestration.settings import PROJECT, load_settings


def serve(host: str, port: int) -> None:
    """Replace this process by Dagster's."""
    settings = load_settings()
    prepare_dagster_home(settings.home.dagster)
    from orchestration.defs.resources import end_dead_runs

    end_dead_runs()
    os.chdir(PROJECT)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "orchestration.definitions",
        "-h",
        host,
        "-p",
        str(port),
    ]
    print(
        f"Dagster opens on http://{host}:{port} within a minute or so; Ctrl-C ends it.", flush=True
    )
    os.execv(sys.executable, command)

"""`clientele ui`: Dagster's web page and its daemon, on the same project and the same state
as the command line."""

import os
import sys

from ingestion.transport import is_this_machine
from orchestration.cli.dagster_home import prepare_dagster_home
from orchestration.settings import PROJECT, SettingsError, load_settings


def serve(host: str, port: int, *, without_sign_in: bool) -> None:
    """Replace this process by Dagster's.

    Errors: `SettingsError` where others could reach it, and nobody said that they may.
    """
    if not is_this_machine(host) and not without_sign_in:
        raise SettingsError(
            f"ui --host {host}: Dagster has no sign-in, so whoever reaches this port could read"
            " what it shows, start nights and approve deliveries. Leave --host out and come by"
            f" ssh -L {port}:127.0.0.1:{port} <this machine>, or put a proxy with a sign-in before"
            " it; where everybody on that network may do all this, say --without-sign-in"
        )
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

"""A whole night in a home of its own, for figures that ask the tables it publishes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.cli.figures import run
from orchestration.settings import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations


@contextmanager
def after_a_night(
    *sample: str, settings: Path | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection to what `clientele nightly` published after
    `clientele sample <sample>`, and the home."""
    with TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "orchestration.cli.main",
            "--home",
            folder,
            *(["--settings", str(settings)] if settings else []),
        ]
        run([*command, "sample", *sample], PROJECT)
        run([*command, "nightly"], PROJECT)
        with connect(Generations(Path(folder) / "generations").current_inputs()) as connection:
            yield connection, Path(folder)

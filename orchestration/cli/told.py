"""How every verb of the command line ends: with its exit code, or one line on what went wrong."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from orchestration.cli.terminal import visible
from orchestration.settings import SettingsError

FAILED = 1
# DuckDB's words for a block whose checksum is another; the one file that a verb reads blocks of is
# a generation's.
_IS_ROTTEN = "Corrupt database file"
_ROLL_BACK = "; it is a generation's: `clientele rollback` lists those to go back to"


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Expected failures end as one line that says what to do next, not as a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            sys.exit(command(*args, **kwargs) or 0)
        except (SettingsError, FileNotFoundError, click.UsageError) as error:
            click.echo(f"clientele: {visible(str(error))}", err=True)
            sys.exit(FAILED)
        except Exception as error:
            if type(error).__module__.split(".")[0] not in {
                "orchestration",
                "ingestion",
                "expectations",
                "_duckdb",
                "duckdb",
            }:
                raise
            remedy = _ROLL_BACK if _IS_ROTTEN in str(error) else ""
            click.echo(f"clientele: {visible(str(error))}{remedy}", err=True)
            sys.exit(FAILED)

    return run

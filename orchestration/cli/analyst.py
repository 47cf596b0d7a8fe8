"""`clientele dbt` and `clientele docs`: an analyst's loop on one model,
and the documentation of all of them."""

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.settings import load_settings
from orchestration.warehouse.dbt_runner import DbtError
from orchestration.warehouse.feeds import DBT_PROJECT, feeds_variable
from orchestration.warehouse.generations import Generations

# Not `-m dbt.cli.main`: that module is imported by its own package first, and
# Python warns about it.
DBT = (sys.executable, "-c", "from dbt.cli.main import cli; cli(prog_name='dbt')")
_GROUPS = {"docs", "source"}
_DEFERS = {"build", "run", "test", "compile", "show", "seed", "list", "ls"}


def run_dbt(arguments: tuple[str, ...]) -> int:
    """Run dbt on the user's development file, reading everything else from the published
    generation; dbt's exit code."""
    if not arguments:
        raise FileNotFoundError("which dbt command? e.g. clientele dbt build --select customers")
    if arguments[0].startswith("-"):
        return subprocess.run([*DBT, *arguments], check=False).returncode
    settings = load_settings()
    generations = Generations(settings.home.generations)
    current = generations.current()
    settings.home.dev.mkdir(parents=True, exist_ok=True)
    folder = settings.home.dev / getpass.getuser()
    verbs = 2 if arguments[0] in _GROUPS else 1  # dbt takes its options after the whole command
    command = [
        *(*DBT, *arguments[:verbs]),
        *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target", "dev"),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--vars", feeds_variable()),
    ]
    if arguments[0] in _DEFERS:
        command += [
            "--defer",
            "--favor-state",
            "--state",
            str(generations.manifest(current).parent),
        ]
    environment = os.environ | {
        "CLIENTELE_INPUTS": str(generations.inputs(current)),
        "CLIENTELE_DEV_FILE": str(folder.with_suffix(".duckdb")),
    }
    return subprocess.run([*command, *arguments[verbs:]], env=environment, check=False).returncode


def write_docs() -> None:
    """dbt's documentation of the published generation, one static page."""
    settings = load_settings()
    generations = Generations(settings.home.generations)
    folder = settings.home.dbt / "docs"
    code = subprocess.run(
        [
            *(*DBT, "--quiet", "docs", "generate", "--static"),
            *(
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
                "--target",
                "dev",
            ),
            *("--target-path", str(folder), "--log-path", str(settings.home.dbt / "logs")),
            *("--vars", feeds_variable()),
        ],
        env=os.environ
        | {
            "CLIENTELE_INPUTS": str(generations.inputs(generations.current())),
            "CLIENTELE_DEV_FILE": str(folder / "docs.duckdb"),
        },
        check=False,
    ).returncode
    if code:
        raise DbtError("dbt could not write the documentation; see its message above")
    page = Path(shutil.copyfile(folder / "static_index.html", settings.home.dbt / "docs.html"))
    print(f"documentation: {page}")

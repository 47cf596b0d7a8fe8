"""A small sample shop after an honest night, copies of its home for nights that are not, and what
one published night holds against another."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from commands import clientele

from ingestion.ledger import Ledger
from ingestion.sql import quote
from orchestration.control.store import ControlStore
from orchestration.settings import PROJECT
from orchestration.warehouse.generations import Generations

CUSTOMERS = {"full": "150", "tiny": "40"}
THE_NIGHT_BEFORE = "2026-06-29"
PUBLISHED = (0, 3)


@dataclass(frozen=True)
class Outcome:
    """How a night ended: its exit code, and why it was refused, if it was."""

    code: int
    why: str

    @property
    def is_published(self) -> bool:
        return self.code in PUBLISHED


def sample_home(folder: Path, size: str) -> Path:
    """A sample shop's home before its first night."""
    home = folder / "honest"
    clientele(home, "sample", "--customers", CUSTOMERS[size])
    return home


def honest_home(folder: Path, size: str) -> Path:
    """A sample shop's home after two nights: a third is held against the first, as every night is
    against those of earlier dates."""
    home = sample_home(folder, size)
    clientele(home, "nightly", "--as-of", THE_NIGHT_BEFORE)
    clientele(home, "nightly")
    return home


def copy_of(home: Path, name: str) -> Path:
    """The home again, under another name beside it, so that both have one key."""
    copy = home.parent / name
    shutil.copytree(home, copy, symlinks=True)
    return copy


def night(home: Path) -> Outcome:
    """`clientele nightly` as a user runs it, however it ends."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli.main", "--home", str(home), "nightly"],
        cwd=PROJECT,
        env=os.environ
        | {
            "PYTHONPATH": str(PROJECT),
            "CLIENTELE_KEY_FILE": str(home.parent / "installation.key"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads((home / "nights" / "latest.json").read_text(encoding="utf-8"))
    why = [*report.get("refusals", []), *report.get("errors", [])]
    return Outcome(done.returncode, "; ".join(why)[:400] or done.stderr[-400:])


def generation(home: Path) -> Path:
    """The file that readers see."""
    generations = Generations(home / "generations")
    return Path(generations.file(generations.current()))


def ledger(home: Path) -> dict[str, dict[str, Any]]:
    """What the ledger says of each file, by path."""
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    try:
        return {
            entry.path: {"status": entry.status, "set_aside": entry.rows_quarantined or 0}
            for entry in Ledger(store).entries()
        }
    finally:
        store.close()


def tables(con: duckdb.DuckDBPyConnection, catalog: str, schemas: Collection[str]) -> list[str]:
    """The tables of some schemas of an attached generation, as schema.table."""
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = ? and schema_name in (select unnest(?::varchar[])) order by 1",
        [catalog, list(schemas)],
    ).fetchall()
    return [name for (name,) in found]


def attach(con: duckdb.DuckDBPyConnection, file: Path, name: str) -> None:
    con.execute(f"attach {quote(str(file))} as {name} (read_only)")


def remove(home: Path) -> None:
    """Take a copy of a home away."""
    shutil.rmtree(home)

"""The limit of a night: its loader alone, and its SQL statements bare – no dbt, no Dagster,
no gates, no tests, one connection.

The statements are what dbt sent when it built the published generation once more; those that only
look (catalog queries, tests) or describe (comments) are left out.
"""

import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.generations import Generations

_WRITES = ("create", "insert", "drop", "alter", "update", "delete")
_PARTS = ("staging", "identity", "core", "marts", "segments", "sync")


def bare_cpu_seconds(home: Path) -> float:
    """CPU seconds of loader + statements for the generation that is published in `home`;
    each side in its own process."""
    statements = _record(home)
    program = "import sys; sys.path[:0] = [sys.argv[1]]; import bare_sql; bare_sql.{}(sys.argv[2])"
    total = 0.0
    for part in ("run_loader", "run_statements"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", program.format(part), str(Path(__file__).parent), str(home)],
            cwd=PROJECT,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        total += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    statements.unlink()
    return round(total, 1)


def _record(home: Path) -> Path:
    """Build the published generation once more into another file and write down the statements,
    one after the other."""
    inputs = Generations(home / "generations").current_inputs()
    inputs = replace(inputs, generation=home / "bare" / "recorded.duckdb")
    inputs.generation.parent.mkdir(exist_ok=True)
    inputs.generation.unlink(missing_ok=True)
    path = inputs.save(home / "bare" / "inputs.json")
    sent: list[str] = []

    def listen(message: Any) -> None:
        if message.info.name == "SQLQuery":
            sent.append(message.data.sql)

    os.environ["CLIENTELE_INPUTS"] = str(path)
    runner = DbtRunner(home / "dbt")
    runner.parse()
    runner.build(path, ["path:seeds"], ["resource_type:test"], target="bare")
    runner.listeners.append(listen)
    for layer in _PARTS:
        runner.build(path, [f"path:models/{layer}"], ["resource_type:test"], target="bare")
    file = home / "bare" / "statements.sql"
    file.write_text("\0".join(sql for sql in sent if _writes(sql)), encoding="utf-8")
    return file


def _writes(sql: str) -> bool:
    """Whether a statement makes something (dbt puts a comment of its own in front)."""
    text = sql.split("*/")[-1].strip().lower()
    return text.startswith(_WRITES)


def run_loader(home: str) -> None:
    """The loader alone: the landing zone into an empty raw folder."""
    import shutil

    from ingestion.contracts.reading import load_contracts
    from ingestion.load.loader import load
    from ingestion.raw.raw_files import RawFolder
    from ingestion.storage.folder import Folder
    from orchestration.control.store import ControlStore

    folder = Path(home)
    inputs = Generations(folder / "generations").current_inputs()
    store = ControlStore.open(folder / "bare" / "control.sqlite")
    contracts = load_contracts()
    load(
        Folder(folder / "extracts"),
        RawFolder(Folder(folder / "bare" / "raw")),
        store,
        contracts,
        [name for name in contracts if name not in ("cdnow", "online_retail")],
        as_of=inputs.as_of,
        as_of_date=inputs.as_of_date,
        run_id="bare",
    )
    store.close()
    shutil.rmtree(folder / "bare" / "raw")
    (folder / "bare" / "control.sqlite").unlink()


def run_statements(home: str) -> None:
    """The statements alone, in order, in one connection on an empty file."""
    folder = Path(home)
    inputs = Generations(folder / "generations").current_inputs()
    inputs = replace(inputs, generation=folder / "bare" / "bare.duckdb")
    inputs.generation.unlink(missing_ok=True)
    connection = connect(inputs, write=True)
    # dbt fills seeds with bound values, which its statements do not show: the few
    # rows are taken over.
    connection.execute(f"attach '{folder / 'bare' / 'recorded.duckdb'}' as recorded (read_only)")
    connection.execute("create schema clientele.seeds")
    for seed in sorted(file.stem for file in (PROJECT / "dbt_project" / "seeds").glob("*.csv")):
        connection.execute(f"create table clientele.seeds.{seed} as from recorded.seeds.{seed}")
    for statement in (folder / "bare" / "statements.sql").read_text(encoding="utf-8").split("\0"):
        connection.execute(statement)
    connection.execute("checkpoint clientele")
    connection.close()

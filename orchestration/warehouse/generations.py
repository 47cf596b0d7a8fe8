"""Generations: one warehouse file per night, built aside, sealed,
published by moving a pointer, kept for a while.

Readers open a generation's own file and are never disturbed: a published file is never written
again, and the pointer `current` moves by one atomic rename.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from expectations.report import COLUMNS, GateResult
from ingestion.files import fsync, write_atomically
from ingestion.killpoint import killpoint
from orchestration.warehouse.connection import connect
from orchestration.warehouse.content_hash import generation_hash, table_hashes
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.kept_digests import KeptDigests

POINTER = "current"


class NoGenerationError(Exception):
    """Nothing is published yet, or the wanted generation does not exist;
    the message says what to do."""


class DiskFullError(Exception):
    """There is not enough free disk for another generation."""


@dataclass(frozen=True)
class Sealed:
    """A finished generation: never written again."""

    run_id: str
    as_of: str
    file_sha256: str
    content_hash: str
    ledger_head: int
    code_version: str
    tables: list[dict[str, Any]]

    @property
    def rows(self) -> dict[str, int]:
        return {table["table"]: table["rows"] for table in self.tables}


class Generations:
    """The folder of generations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def check_room(self, minimum_gib: Decimal) -> str:
        """A night needs room for one more generation: refuse before the first byte,
        not in the middle. Returns what is wanted and what is free. Errors: `DiskFullError`."""
        largest = max((file.stat().st_size for file in self.folder.glob("gen-*.duckdb")), default=0)
        wanted = max(int(minimum_gib * 1024**3), 2 * largest)
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            raise DiskFullError(
                f"{self.folder}: {free / 1024**3:.1f} GiB free, "
                f"{wanted / 1024**3:.1f} GiB wanted for another generation; free some disk, "
                "or lower keep_generations or minimum_free_disk_gib in clientele.yml"
            )
        return f"disk: {wanted / 1024**3:.1f} GiB wanted, {free / 1024**3:.1f} GiB free"

    def file(self, run_id: str) -> Path:
        return self.folder / f"gen-{run_id}.duckdb"

    def inputs(self, run_id: str) -> Path:
        return self.folder / f"gen-{run_id}.inputs.json"

    def manifest_folder(self, run_id: str) -> Path:
        """dbt's manifest of the code that built it, in a folder of its own as
        `dbt --state` wants it."""
        return self.folder / f"gen-{run_id}.dbt"

    def description(self, run_id: str) -> Path:
        return self.folder / f"gen-{run_id}.json"

    def seal(
        self,
        inputs: Inputs,
        gate_results: Sequence[GateResult],
        ledger_head: int,
        code_version: str,
        derived: Path | None = None,
    ) -> Sealed:
        """Finish a generation: gate results in, checkpoint, content hashes, fsync,
        description beside it. `derived`: a folder for caches that are safe to delete."""
        file = self.file(inputs.run_id)
        connection = connect(inputs.reading([]), write=True)
        try:
            _write_gate_results(connection, gate_results)
            tables = table_hashes(connection, KeptDigests(derived))
            connection.execute("checkpoint clientele")
        finally:
            connection.close()
        killpoint("seal.after_checkpoint")
        wal = file.with_name(file.name + ".wal")
        if wal.exists():
            raise RuntimeError(
                f"{wal}: a write-ahead log is left after the checkpoint;"
                " the generation is not sealed, run the night again"
            )
        fsync(file)
        sealed = Sealed(
            run_id=inputs.run_id,
            as_of=inputs.as_of.isoformat(),
            file_sha256=_sha256(file),
            content_hash=generation_hash(tables),
            ledger_head=ledger_head,
            code_version=code_version,
            tables=[asdict(table) for table in tables],
        )
        write_atomically(self.description(inputs.run_id), json.dumps(asdict(sealed), indent=1))
        killpoint("seal.after_description")
        return sealed

    def read(self, run_id: str) -> Sealed:
        """The description of a sealed generation. Errors: `NoGenerationError`."""
        path = self.description(run_id)
        if not path.exists():
            raise NoGenerationError(
                f"{path}: no such generation; `clientele rollback` lists those that are kept"
            )
        return Sealed(**json.loads(path.read_text(encoding="utf-8")))

    def sealed(self) -> list[str]:
        """Run ids of all sealed generations, newest last."""
        return sorted(
            path.name.removeprefix("gen-").removesuffix(".json")
            for path in self.folder.glob("gen-*.json")
            if _is_description(path)
        )

    def current(self) -> str:
        """Run id of the published generation.

        Errors: `NoGenerationError` when nothing was ever published.
        """
        run_id = self.pointed_to()
        if run_id is None:
            raise NoGenerationError("nothing is published yet; run `clientele nightly` first")
        return run_id

    def pointed_to(self) -> str | None:
        """Run id of the published generation, if there is one."""
        pointer = self.folder / POINTER
        return pointer.read_text(encoding="ascii").strip() if pointer.exists() else None

    def current_inputs(self) -> Inputs:
        """What readers of the published generation open."""
        return Inputs.load(self.inputs(self.current()))

    def point_to(self, run_id: str) -> None:
        """Publish: move the pointer to a sealed generation in one atomic step."""
        self.read(run_id)
        write_atomically(self.folder / POINTER, run_id)
        killpoint("publish.after_pointer")

    def remove(self, run_id: str) -> None:
        """Delete a generation and everything beside it; its description first,
        so that half of one never counts as sealed."""
        self.description(run_id).unlink(missing_ok=True)
        for path in self.folder.glob(f"gen-{run_id}.*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def unfinished(self) -> list[str]:
        """Run ids of generations that were begun and never sealed,
        or whose removal was cut short."""
        begun = {path.name.removeprefix("gen-").split(".")[0] for path in self.folder.glob("gen-*")}
        return sorted(begun - set(self.sealed()))


def _is_description(path: Path) -> bool:
    return not path.name.endswith(".inputs.json")


def _write_gate_results(
    connection: duckdb.DuckDBPyConnection, results: Sequence[GateResult]
) -> None:
    connection.execute("create schema if not exists clientele.quality")
    declared = ", ".join(f"{column} varchar" for column in COLUMNS)
    connection.execute(f"create or replace table clientele.quality.results ({declared})")
    connection.execute(
        "comment on table clientele.quality.results is 'One row per expectation"
        " that guarded this generation.'"
    )
    if results:
        marks = ", ".join("?" for _ in COLUMNS)
        connection.executemany(
            f"insert into clientele.quality.results values ({marks})",
            [result.as_tuple() for result in results],
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

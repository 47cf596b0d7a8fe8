"""Generations: one warehouse file per night, built aside, sealed,
published by moving a pointer, kept for a while.

Readers open a generation's own file and are never disturbed: a published file is never written
again, and the pointer `current` moves by one atomic rename.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from expectations.report import COLUMNS, GateResult
from ingestion.files import (
    DamagedFileError,
    fsync,
    read_with_digest,
    sha256_of,
    write_atomically,
    write_with_digest,
)
from ingestion.killpoint import killpoint
from orchestration.warehouse.connection import connect
from orchestration.warehouse.content_hash import generation_hash, table_hashes
from orchestration.warehouse.inputs import ROLL_BACK, Inputs
from orchestration.warehouse.kept_digests import KeptDigests

POINTER = "current"
MANIFEST = "manifest.json"


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
    manifest_sha256: str = ""  # of dbt's manifest; none in those sealed before it was kept

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
        manifest = self.manifest_folder(inputs.run_id) / MANIFEST
        sealed = Sealed(
            run_id=inputs.run_id,
            as_of=inputs.as_of.isoformat(),
            file_sha256=sha256_of(file),
            content_hash=generation_hash(tables),
            ledger_head=ledger_head,
            code_version=code_version,
            tables=[asdict(table) for table in tables],
            manifest_sha256=sha256_of(manifest) if manifest.exists() else "",
        )
        inputs.sealed().save(self.inputs(inputs.run_id))
        write_with_digest(self.description(inputs.run_id), json.dumps(asdict(sealed), indent=1))
        killpoint("seal.after_description")
        return sealed

    def read(self, run_id: str) -> Sealed:
        """The description of a sealed generation.

        Errors: `NoGenerationError`, `DamagedFileError` when it is not as it was written.
        """
        path = self.description(run_id)
        if not path.exists():
            raise NoGenerationError(
                f"{path}: no such generation; `clientele rollback` lists those that are kept"
            )
        return Sealed(**json.loads(read_with_digest(path, ROLL_BACK)))

    def manifest(self, run_id: str) -> Path:
        """dbt's manifest of a sealed generation.

        Errors: `NoGenerationError`, `DamagedFileError` when it is not as it was written.
        """
        path, stated = self.manifest_folder(run_id) / MANIFEST, self.read(run_id).manifest_sha256
        if stated and sha256_of(path) != stated:
            raise DamagedFileError(f"{path}: is not as it was written; {ROLL_BACK}")
        return path

    def check(self, run_id: str) -> None:
        """Ask whether a sealed generation is what was sealed, its file included: DuckDB asks that
        of a block when it reads it, and nobody has read those of an old generation for days.

        Errors: `NoGenerationError`, `DamagedFileError`.
        """
        file, stated = self.file(run_id), self.read(run_id).file_sha256
        Inputs.load(self.inputs(run_id))
        self.manifest(run_id)
        if sha256_of(file) != stated:
            raise DamagedFileError(f"{file}: is not as it was sealed; {ROLL_BACK}")

    def sealed(self) -> list[str]:
        """Run ids of all sealed generations, newest last."""
        return sorted(
            path.name.removeprefix("gen-").removesuffix(".json")
            for path in self.folder.glob("gen-*.json")
            if _is_description(path)
        )

    def current(self) -> str:
        """Run id of the published generation.

        Errors: `NoGenerationError` when nothing was ever published, `DamagedFileError` when the
        pointer names nothing that was.
        """
        run_id = self.pointed_to()
        if run_id is None:
            raise NoGenerationError("nothing is published yet; run `clientele nightly` first")
        if not self.description(run_id).exists():
            raise DamagedFileError(
                f"{self.folder / POINTER}: names no generation that is kept; {ROLL_BACK}"
            )
        return run_id

    def pointed_to(self) -> str | None:
        """Run id of the published generation, if there is one."""
        pointer = self.folder / POINTER
        if not pointer.exists():
            return None
        # One that a disk changed names no file, and is no reason to stop before that is said.
        return pointer.read_bytes().decode("ascii", "backslashreplace").strip()

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

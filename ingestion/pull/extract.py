"""Writes pulled rows into the landing zone: a file with its manifest, whole and durable, or nothing."""

import gzip
import json
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ingestion.byte_stream import sha256_of
from ingestion.contracts import TableContract
from ingestion.landing import MANIFEST
from orchestration.control.killpoint import killpoint

_UNFINISHED = ".part"


class PulledExtract:
    """One extract under construction; it is in the landing zone after `publish`, and leaves nothing there without."""

    def __init__(self, target: Path) -> None:
        self.rows = 0
        self._target = target
        target.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished = target.with_name(target.name + _UNFINISHED)
        self._file: BinaryIO = self._unfinished.open("wb")
        self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=self._file, mtime=0)

    def write(self, line: bytes) -> None:
        self._packed.write(line + b"\n")
        self.rows += 1

    def publish(self) -> None:
        """Manifest first: a file that is seen can be checked."""
        self._packed.close()
        _durable(self._file)
        manifest = self._target.with_name(self._target.name + MANIFEST)
        unfinished = manifest.with_name(manifest.name + _UNFINISHED)
        with unfinished.open("wb") as file:
            file.write(json.dumps({"sha256": sha256_of(self._unfinished), "rows": self.rows}).encode() + b"\n")
            _durable(file)
        killpoint("pull.before_manifest")
        unfinished.replace(manifest)
        killpoint("pull.after_manifest")
        self._unfinished.replace(self._target)
        killpoint("pull.after_rename")
        folder = os.open(self._target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def __enter__(self) -> "PulledExtract":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._packed.close()
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


def sweep(landing: Path, table: TableContract) -> None:
    """Remove what a pull that was killed left: unfinished files, and manifests whose file never came."""
    for path in (landing / table.source).glob(f"{table.name}-*-pull*"):
        is_orphan = path.name.endswith(MANIFEST) and not path.with_name(path.name.removesuffix(MANIFEST)).exists()
        if path.name.endswith(_UNFINISHED) or is_orphan:
            path.unlink()


def _durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())

"""Writes pulled rows into the landing zone: a file with its manifest,
whole and durable, or nothing."""

import gzip
import json
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from ingestion.contracts.contract import TableContract
from ingestion.files import sha256_of
from ingestion.killpoint import killpoint
from ingestion.landing.scan import MANIFEST
from ingestion.storage.protocol import Storage


class PulledExtract:
    """One extract under construction; it is in the landing zone after `publish`,
    and leaves nothing there without."""

    def __init__(self, landing: Storage, path: str) -> None:
        self.rows = 0
        self._landing = landing
        self._path = path
        landing.building.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._unfinished = landing.building / f"{path.replace('/', '.')}.part"
        self._file: BinaryIO = self._unfinished.open("wb")
        self._packed = gzip.GzipFile(
            filename="", mode="wb", compresslevel=3, fileobj=self._file, mtime=0
        )

    def write(self, line: bytes) -> None:
        self._packed.write(line + b"\n")
        self.rows += 1

    def publish(self) -> None:
        """Manifest first: a file that is seen can be checked."""
        self._packed.close()
        self._file.close()
        manifest = self._unfinished.with_name(self._unfinished.name + MANIFEST)
        manifest.write_text(
            json.dumps({"sha256": sha256_of(self._unfinished), "rows": self.rows}) + "\n",
            encoding="utf-8",
        )
        killpoint("pull.before_manifest")
        self._landing.publish(manifest, self._path + MANIFEST)
        killpoint("pull.after_manifest")
        self._landing.publish(self._unfinished, self._path)
        killpoint("pull.after_file")

    def __enter__(self) -> "PulledExtract":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._packed.close()
        self._file.close()
        self._unfinished.unlink(missing_ok=True)
        with suppress(OSError):  # another pull builds there
            self._landing.building.rmdir()


def sweep(landing: Storage, table: TableContract) -> None:
    """Remove what a pull that was killed left: unfinished files,
    and manifests whose file never came."""
    begin = f"{table.source}/{table.name}-"
    for unfinished in landing.building.glob(f"{begin.replace('/', '.')}*"):
        unfinished.unlink()
    found = {
        path
        for path, _ in landing.files(hidden=(".", "_"))
        if path.startswith(begin) and "-pull" in path
    }
    for path in found:
        if path.endswith(MANIFEST) and path.removesuffix(MANIFEST) not in found:
            landing.remove(path)

"""Opens the storage that a place names."""

from pathlib import Path

from ingestion.storage.folder import Folder
from ingestion.storage.landing_folder import LandingFolder
from ingestion.storage.protocol import S3, Storage


def open_storage(place: Path | str, spool: Path, *, insecure: bool = False) -> Storage:
    """The storage at a path or an `s3://bucket/prefix`;
    `spool` is where a bucket's files are built and read. `insecure`: its server may be one
    without TLS. Errors: `StorageError`.
    """
    return _open(place, spool, insecure, Folder)


def open_landing(place: Path | str, spool: Path, *, insecure: bool = False) -> Storage:
    """The landing zone there, as `open_storage`: what it holds is written by others."""
    return _open(place, spool, insecure, LandingFolder)


def _open(place: Path | str, spool: Path, insecure: bool, folder: type[Folder]) -> Storage:
    if str(place).startswith(S3):
        # Its libraries take half a second, and every command comes by here: who has no bucket
        # need not wait.
        from ingestion.storage.bucket import Bucket

        return Bucket(str(place), spool, insecure=insecure)
    return folder(Path(place))

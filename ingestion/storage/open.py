"""Opens the storage that a place names."""

from pathlib import Path

from ingestion.storage.folder import Folder
from ingestion.storage.landing_folder import LandingFolder
from ingestion.storage.protocol import S3, Storage


def open_storage(place: Path | str, spool: Path) -> Storage:
    """The storage at a path or an `s3://bucket/prefix`;
    `spool` is where a bucket's files are built and read."""
    return _open(place, spool, Folder)


def open_landing(place: Path | str, spool: Path) -> Storage:
    """The landing zone there: what it holds is written by others."""
    return _open(place, spool, LandingFolder)


def _open(place: Path | str, spool: Path, folder: type[Folder]) -> Storage:
    if str(place).startswith(S3):
        # Its libraries take half a second, and every command comes by here: who has no bucket
        # need not wait.
        from ingestion.storage.bucket import Bucket

        return Bucket(str(place), spool)
    return folder(Path(place))

"""A prefix in an S3 bucket (or of a server that speaks S3) as a storage:
s3fs lists, brings and puts, DuckDB's httpfs reads.

An object is there whole or not at all, so a put is all that publishing takes. Credentials, region
and address come from where AWS's own tools take them (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_PROFILE`, an instance's role, `AWS_REGION`, `AWS_ENDPOINT_URL`).
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.exceptions
import botocore.session
import duckdb
import s3fs

from ingestion.errors import StorageError
from ingestion.killpoint import killpoint
from ingestion.storage.protocol import S3, Stat
from ingestion.transport import is_in_clear


class Bucket:
    """The objects below `s3://bucket/prefix`.

    Errors, from every method: `StorageError`, with the remedy and without the key.
    """

    def __init__(self, url: str, spool: Path, *, insecure: bool = False) -> None:
        self._url = url.rstrip("/")
        if is_in_clear(_endpoint()) and not insecure:
            raise StorageError(
                f"{self._url}: AWS_ENDPOINT_URL is an http:// address of another machine, so all"
                " that is stored could be read on its way; give the server https, or say"
                " insecure: true beside it in clientele.yml"
            )
        self._prefix = self._url.removeprefix(S3)
        self.building = spool / "building"
        self._brought = spool / "brought"
        self._files = open_files()

    def __str__(self) -> str:
        return self._url

    def exists(self, path: str = "") -> bool:
        with self._told():
            try:
                if path:
                    self._files.info(f"{self._prefix}/{path}")
                else:  # a prefix is there as soon as it holds something: asked is for the bucket
                    self._files.call_s3("head_bucket", Bucket=self._prefix.split("/")[0])
            except FileNotFoundError:
                return False
        return True

    def make(self) -> None:
        """Making a bucket is for its owner."""

    def files(self, hidden: tuple[str, ...]) -> Iterator[tuple[str, Stat | None]]:
        with self._told():
            found: dict[str, dict[str, Any]] = self._files.find(self._prefix, detail=True)
        for key, info in found.items():
            path = key[len(self._prefix) + 1 :]
            if not path or any(part.startswith(hidden) for part in path.split("/")):
                continue
            yield path, _stat(info)

    def at(self, path: str) -> str:
        return f"{self._url}/{path}"

    def open_for(self, connection: duckdb.DuckDBPyConnection) -> None:
        open_buckets_for(connection)

    def bring(self, path: str) -> Path:
        # A key may be longer than a name here, and may hold `..`: it is no path of this machine.
        target = self._brought / hashlib.sha256(path.encode()).hexdigest()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = target.with_name(f"{target.name}.part")
            with self._told():
                try:
                    self._files.get_file(f"{self._prefix}/{path}", str(unfinished))
                except FileNotFoundError:
                    return target
            unfinished.replace(target)
        return target

    def let_go(self) -> None:
        shutil.rmtree(self._brought, ignore_errors=True)

    def publish(self, built: Path, path: str, mode: int | None = None) -> None:
        """Who may read an object is for the bucket's policy to say; `mode` means nothing here."""
        killpoint("storage.after_fsync")
        with self._told():
            self._files.put_file(str(built), f"{self._prefix}/{path}")
        killpoint("storage.after_rename")
        built.unlink()
        killpoint("storage.after_directory_fsync")

    def remove(self, path: str) -> None:
        with self._told():
            self._files.rm_file(f"{self._prefix}/{path}")

    def remove_below(self, folder: str) -> None:
        with self._told():
            self._files.rm(f"{self._prefix}/{folder}", recursive=True)

    def move(self, path: str, target: str) -> None:
        with self._told():
            self._files.cp_file(f"{self._prefix}/{path}", f"{self._prefix}/{target}")
            self._files.rm_file(f"{self._prefix}/{path}")

    def digest(self, path: str, stat: Stat | None = None) -> str:
        """Size and ETag: that an object is still the one that was put. Its bytes are the bucket's
        to keep, which holds them against checksums of its own."""
        if stat is None:
            with self._told():
                stat = _stat(self._files.info(f"{self._prefix}/{path}"))
        return f"etag:{stat.size}-{stat.inode:x}"

    def _told(self) -> AbstractContextManager[None]:
        return told(self._url)


@contextmanager
def told(place: str) -> Iterator[None]:
    """What goes wrong with objects in `place` is a `StorageError`."""
    try:
        yield
    except (OSError, botocore.exceptions.BotoCoreError) as error:
        raise StorageError(f"{place}: {_remedy(error)}") from None


def open_files() -> s3fs.S3FileSystem:
    """The buckets as Python sees them, paths without `s3://`."""
    # Another process may have put something since: what was listed a moment ago is not believed.
    return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)


def _stat(info: dict[str, Any]) -> Stat:
    """A listing's entry of an object."""
    uploaded: datetime = info["LastModified"]
    time_ns = round(uploaded.timestamp() * 1_000_000) * 1_000
    tag = int(hashlib.sha256(info["ETag"].encode()).hexdigest()[:15], 16)
    return Stat(int(info["size"]), tag, time_ns, time_ns)


def open_buckets_for(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a DuckDB connection read `s3://` paths.

    The key is bound to the statement, it stands in no text.
    """
    import duckdb_extensions

    duckdb_extensions.import_extension("httpfs", con=connection)
    connection.execute("load httpfs")
    session = botocore.session.get_session()
    found = session.get_credentials()
    if found is None:
        raise StorageError(f"object storage: {_remedy(botocore.exceptions.NoCredentialsError())}")
    key = found.get_frozen_credentials()
    parts = {
        "key_id": key.access_key,
        "secret": key.secret_key,
        "region": session.get_config_variable("region") or "us-east-1",
    }
    if key.token:
        parts["session_token"] = key.token
    endpoint = urlsplit(_endpoint())
    address = ""
    if endpoint.netloc:
        parts["endpoint"] = endpoint.netloc
        address = f", url_style 'path', use_ssl {str(endpoint.scheme == 'https').lower()}"
    names = ", ".join(f"{name} ${name}" for name in parts)
    connection.execute(
        f"create or replace temporary secret object_storage (type s3, {names}{address})", parts
    )


def _endpoint() -> str:
    """Where the server is that is not Amazon's; empty where none is named."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _remedy(error: Exception) -> str:
    if isinstance(
        error, botocore.exceptions.NoCredentialsError | botocore.exceptions.PartialCredentialsError
    ):
        return (
            "no credentials; export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
            " or name a profile in AWS_PROFILE"
        )
    if isinstance(error, PermissionError):
        return "access refused; check the key, and that it may list, read, write and delete there"
    if isinstance(error, FileNotFoundError):
        return "no such bucket or object; make the bucket, or correct `storage` in clientele.yml"
    if isinstance(
        error,
        botocore.exceptions.HTTPClientError
        | botocore.exceptions.EndpointConnectionError
        | TimeoutError,
    ):
        return "not reachable; check AWS_ENDPOINT_URL and the network, and run again"
    return f"{type(error).__name__}; look at the storage's own log, and run again"

"""Files that others pick up: the rows of a sync as one CSV or Parquet file, in a folder,
a bucket or on an SFTP server.

The file is the list: it holds whoever is on it now, by key, and appears whole or not at all,
readable for its owner alone. A batch is merged into what is there, so sending one again changes
nothing; whoever leaves is deleted from it. CSV knows no null: it is an empty text there; what a
spreadsheet would run as a formula gets a `'` in front (see `spreadsheet.py`). A bucket's
credentials come from where AWS's own tools take them; an SFTP server wants the secret as password.
Options: `folder` (an absolute path, s3://bucket/prefix or sftp://user@host:port/path; needed),
`host_key` (of an SFTP server, as in known_hosts: ssh-ed25519 AAAA…; needed there), `format` (csv,
the default, or parquet), `formulas` (`guarded`, the default, or `as_they_are`, for a receiver that
no person opens in a spreadsheet), `timeout` in seconds.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import duckdb
import pyarrow as pa

from ingestion import sql
from ingestion.errors import StorageError
from ingestion.storage.open import open_storage
from ingestion.storage.protocol import S3
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    Outcome,
    Resend,
    Stopped,
    resolve_secret,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal
from orchestration.reverse_etl.spreadsheet import cell, no_formula

FORMATS = ("csv", "parquet")
FORMULAS = ("guarded", "as_they_are")
SFTP = "sftp://"
OWNER_ONLY = 0o600
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def build(config: DestinationConfig) -> "Files":
    return Files(config)


class Place(Protocol):
    """What a folder, a bucket and an SFTP server have in common: see `ingestion/storage/`."""

    building: Path

    def make(self) -> None: ...

    def bring(self, path: str) -> Path: ...

    def let_go(self) -> None: ...

    def publish(self, built: Path, path: str, mode: int | None = None) -> None: ...


class Files:
    """The files of one folder."""

    batch_rows = 100_000
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "mirror", "append"})
    removals: tuple[Removal, ...] = ("delete",)

    def __init__(self, config: DestinationConfig) -> None:
        self.name = config.name
        self.requests = 0
        self._folder = str(config.options.get("folder", ""))
        self._format = str(config.options.get("format", "csv"))
        self.null_policy: NullPolicy = "clear" if self._format == "csv" else "null"
        if self._format not in FORMATS:
            raise ValueError(
                f"destination {self.name}: options.format must be one of {', '.join(FORMATS)}"
            )
        formulas = config.options.get("formulas", FORMULAS[0])
        if formulas not in FORMULAS:
            raise ValueError(
                f"destination {self.name}: options.formulas must be one of {', '.join(FORMULAS)}"
            )
        self._guards = self._format == "csv" and formulas == FORMULAS[0]
        if not self._folder.startswith((S3, SFTP)) and not Path(self._folder).is_absolute():
            raise ValueError(
                f"destination {self.name}: options.folder must be an absolute path,"
                " s3://bucket/prefix or sftp://user@host/path"
            )
        if self._folder.startswith(SFTP) and not config.options.get("host_key"):
            raise ValueError(
                f"destination {self.name}: options.host_key is missing;"
                " an SFTP server is known by it (ssh-keyscan shows it)"
            )
        self._spool: TemporaryDirectory[str] | None = None
        self._storage: Place
        self._config = config
        self._connection: duckdb.DuckDBPyConnection

    def encode(self, column: Column, value: str) -> str:
        return cell(column, value) if self._guards else typed(column, value)

    def open(self) -> None:
        self._spool = TemporaryDirectory(prefix="clientele-files-")
        try:
            self._storage = self._place(Path(self._spool.name))
        except StorageError as error:
            self._spool.cleanup()
            self._spool = None
            raise Stopped(f"destination {self.name}: {error}") from None
        self._connection = duckdb.connect()

    def _place(self, spool: Path) -> Place:
        if not self._folder.startswith(SFTP):
            return open_storage(self._folder, spool, insecure=self._config.insecure)
        from orchestration.reverse_etl.destinations._sftp import (
            SftpFolder,
        )  # its library takes a moment, which who has no such place need not wait

        options = self._config.options
        timeout = float(options.get("timeout", 30))
        return SftpFolder(
            self._folder,
            spool,
            password=resolve_secret(self._config),
            host_key=str(options["host_key"]),
            timeout=timeout,
        )

    def close(self) -> None:
        if self._spool:
            if close := getattr(self._storage, "close", None):
                close()
            self._connection.close()
            self._spool.cleanup()
            self._spool = None

    def send(self, batch: Batch) -> list[Outcome]:
        if not _NAME.fullmatch(batch.object):
            raise Stopped(
                f"destination {self.name}: object {batch.object!r} is no file's name;"
                " use letters, digits, - and _"
            )
        self.requests += 1
        file = f"{batch.object}.{self._format}"
        try:
            self._storage.make()
            self._storage.let_go()
            held = self._storage.bring(file)
            self._storage.building.mkdir(parents=True, exist_ok=True, mode=0o700)
            built = self._storage.building / file
            self._write(batch, held if held.exists() else None, built)
            self._storage.publish(built, file, OWNER_ONLY)
        except StorageError as error:
            raise Stopped(f"destination {self.name}: {error}") from None
        except (OSError, duckdb.Error) as error:
            # Their messages may quote a line: the type and the remedy are enough.
            raise Stopped(
                f"destination {self.name}: {file} in {self._folder} cannot be written "
                f"or is no longer what was written last ({type(error).__name__}); "
                "check the folder, its rights and its space, or move the file away"
            ) from None
        return [Outcome("acknowledged")] * len(batch.rows)

    def _write(self, batch: Batch, held: Path | None, built: Path) -> None:
        """What is held without the batch's keys, and of an upsert the batch."""
        rows = pa.table(
            {
                "key": [row.key for row in batch.rows],
                "payload": [row.payload for row in batch.rows],
            },
            schema=pa.schema([("key", pa.string()), ("payload", pa.string())]),
        )
        self._connection.register("incoming", rows)
        key, columns = sql.name(batch.key.name), (batch.key, *batch.columns)
        arriving = ", ".join(self._arriving(column, batch.key) for column in columns)
        parts = [f"select {arriving} from incoming where {batch.action == UPSERT}"]
        if held:
            found = {
                row[0]
                for row in self._connection.execute(
                    f"describe from {self._reader(held)}"
                ).fetchall()
            }
            staying = ", ".join(
                f"cast({self._told(column, batch.key)} as {self._type(column)})"
                f" as {sql.name(column.name)}"
                for column in columns
                if column.name in found
            )
            arriving = "select key from incoming"
            if self._format == "csv":  # as another setting may have written it
                arriving += f" union all select {no_formula('key')} from incoming"
            parts.append(
                f"select {staying} from {self._reader(held)}"
                f" where cast({key} as varchar) not in ({arriving})"
            )
        options = "format csv, header" if self._format == "csv" else "format parquet"
        self._connection.execute(
            f"copy (({') union all by name ('.join(parts)}) order by {key})"
            f" to {sql.quote(str(built))} ({options})"
        )

    def _told(self, column: Column, key: Column) -> str:
        """A held value as it stays: a key, which no encoder has seen, without formulas."""
        name = sql.name(column.name)
        return no_formula(name) if column == key and self._guards else name

    def _arriving(self, column: Column, key: Column) -> str:
        name = sql.name(column.name)
        if column == key:
            told = no_formula("key") if self._guards else "key"
            return f"cast({told} as {self._type(column)}) as {name}"
        path = sql.quote(f"$.{name}")
        if self._format == "csv":
            return f"nullif(json_extract_string(payload, {path}), '') as {name}"
        nested = column.type.endswith("]") or column.type.startswith(("STRUCT", "MAP", "JSON"))
        return (
            f"cast({'json_extract' if nested else 'json_extract_string'}(payload,"
            f" {path}) as {column.type}) as {name}"
        )

    def _reader(self, file: Path) -> str:
        if self._format == "parquet":
            return sql.parquet(file)
        dialect = "header = true, delim = ',', quote = '\"', escape = '\"'"
        return f"read_csv({sql.quote(str(file))}, all_varchar = true, {dialect})"

    def _type(self, column: Column) -> str:
        return "VARCHAR" if self._format == "csv" else column.type

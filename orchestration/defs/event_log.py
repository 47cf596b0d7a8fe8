"""Where Dagster keeps the events of its runs: its own SQLite files, written in batches.

Dagster opens its files anew for every event, two thousand times a night. Here the events of a
moment are one transaction. Every statement is still Dagster's own; only the connection that it
runs on is held open for the batch. `dagster.yaml` names this class.
"""

import atexit
import inspect
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any
from weakref import WeakSet

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from ingestion.killpoint import killpoint

# How long an event may wait for its batch, in seconds: with the time that writing takes, a kill
# loses a second of the list at most.
WAIT = 0.8

# What the class leans on in Dagster's own, with the parameters of each.
LEANED_ON = {
    "__init__": ("self", "base_dir", "inst_data"),
    "_connect": ("self", "shard"),
    "_has_asset_key_col_on_connection": ("self", "conn", "column_name"),
    "_initdb": ("self", "engine", "for_index_shard"),
    "conn_string_for_shard": ("self", "shard_name"),
    "dispose": ("self",),
    "get_asset_records": ("self", "asset_keys"),
    "has_table": ("self", "table_name"),
    "store_event": ("self", "event"),
    "wipe": ("self",),
    "wipe_asset": ("self", "asset_key"),
}
_INDEX = "index"


def moved() -> list[str]:
    """What Dagster's own class lacks of all that this one leans on, or has in another shape."""
    found = []
    for name, parameters in LEANED_ON.items():
        function = getattr(SqliteEventLogStorage, name, None)
        if function is None or tuple(inspect.signature(function).parameters) != parameters:
            found.append(name)
    return found


class BatchedEventLog(SqliteEventLogStorage):
    """Dagster's event storage, a file per run and an index over all, written in batches.

    An event is in the files after a second at most: at once when it changes the state of its run,
    and before anything is read through this object. What could not be written is raised by the
    next event of Dagster's own, which ends that step as it would in Dagster's class.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._lock = threading.RLock()
        self._engines: dict[str, Any] = {}
        self._begun: set[str] = set()  # files that are there, with their tables
        self._schema: set[str] = set()  # tables and columns that the index was seen to have
        self._closed = False
        self._begin()
        super().__init__(base_dir, inst_data)
        _storages.add(self)

    def _begin(self) -> None:
        self._pending: list[dg.EventLogEntry] = []
        # The assets that the run in this process has made, with their records once looked up.
        self._made: dict[dg.AssetKey, Any] = {}
        self._held: dict[str, Any] = {}  # file → its connection, for the length of a batch
        self._timer: threading.Timer | None = None
        self._failure: Exception | None = None

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: Any, config_value: Any
    ) -> SqliteEventLogStorage:
        """This class, or Dagster's own where Dagster is not as this class knows it."""
        if gone := moved():
            logging.getLogger(__name__).warning(
                "Dagster's own event storage is used, which is slower: Dagster %s has changed %s",
                dg.__version__,
                ", ".join(gone),
            )
            return SqliteEventLogStorage(inst_data=inst_data, **config_value)
        return cls(inst_data=inst_data, **config_value)

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Put the event in the next batch. Errors: of a batch before, once; of its own when it
        changes the state of the run."""
        of_dagster = event.dagster_event
        with self._lock:
            self._pending.append(event)
            key = of_dagster.asset_key if of_dagster and event.run_id else None
            if of_dagster and key and (of_dagster.is_step_materialization or key in self._made):
                self._made[key] = None  # its record is another one now
            if self._closed or (of_dagster and of_dagster.is_job_event):
                # Dagster writes the run's new state next, to another file: the events lead.
                self._made.clear()
                self.flush()
            elif self._timer is None:
                self._timer = threading.Timer(WAIT, self._flush_in_time)
                self._timer.daemon = True
                self._timer.start()
            # Dagster ends a step by an error of its own events, and passes over a log line's.
            if of_dagster and self._failure:
                failure, self._failure = self._failure, None
                raise failure

    def flush(self) -> None:
        """Write what waits. Errors: of the first event that cannot be written, which is dropped;
        what came after it goes on waiting."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            while self._pending and not self._held:
                # One run at a time: each process locks a run's file, then the index, and nobody
                # waits for a second run's file with the index locked.
                first = groupby(self._pending, key=lambda event: event.run_id)
                self._write(list(next(first)[1]))

    def _flush_in_time(self) -> None:
        try:
            self.flush()
        except Exception as error:
            self._failure = error

    def _write(self, batch: list[dg.EventLogEntry]) -> None:
        """Write a batch, which is the beginning of what waits and of one run."""
        run_id = batch[0].run_id
        in_list = False
        try:
            # What is opened last is committed first: the run's list leads, as in Dagster's own.
            with self._opened(_INDEX) as index:
                with self._opened(run_id) as run:
                    with self._holding({_INDEX: index, run_id: run}):
                        for event in batch:
                            super().store_event(event)
                    killpoint("events.before_commit")
                in_list = True
                killpoint("events.between_commits")
            del self._pending[: len(batch)]
        except Exception:
            if in_list or len(batch) == 1:
                del self._pending[: len(batch)]  # not again: the list has it, or refuses it
                raise
            for event in batch:
                self._write([event])

    @contextmanager
    def _holding(self, connections: dict[str, Any]) -> Iterator[None]:
        self._held = connections
        try:
            yield
        finally:
            self._held = {}

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Any]:
        # All of Dagster's reading and writing goes through here.
        with self._lock:
            if shard in self._held:
                yield self._held[shard]
                return
            self.flush()
            with self._opened(shard) as connection:
                yield connection

    @contextmanager
    def _opened(self, shard: str) -> Iterator[Any]:
        # Closed after every transaction, which also brings it into the file itself: there the
        # pages of Dagster watch for it. SQLAlchemy's engine stays: it knows the statements.
        if shard not in self._engines:
            if len(self._engines) > 8:  # a process of Dagster's pages reads many runs
                self._engines.clear()
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard), poolclass=NullPool, connect_args={"timeout": 30}
            )
        if shard not in self._begun:
            self._initdb(self._engines[shard])
            self._begun.add(shard)
        with self._engines[shard].begin() as connection:
            yield connection

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[Any]:
        """As Dagster's own; but what the run in this process has made is looked up once: every
        step asks for the versions of the data before it."""
        with self._lock:
            keys = asset_keys and list(dict.fromkeys(asset_keys))
            known = [record for key in keys or () if (record := self._made.get(key))]
            asked = keys and [key for key in keys if not self._made.get(key)]
            found: Sequence[Any] = []
            if asked or not known:
                with self._connect(_INDEX) as index, self._holding({_INDEX: index}):
                    found = super().get_asset_records(asked)
            for record in found:
                if record.asset_entry.asset_key in self._made:
                    self._made[record.asset_entry.asset_key] = record
            return sorted([*known, *found], key=lambda each: each.asset_entry.asset_key.to_string())

    def wipe(self) -> None:
        """As Dagster's own."""
        with self._lock:
            self.flush()
            self._made.clear()
            self._begun.clear()
            super().wipe()

    def wipe_asset(self, asset_key: dg.AssetKey) -> None:
        """As Dagster's own."""
        self._made.clear()
        super().wipe_asset(asset_key)

    # Dagster looks for tables and columns at every event. What is there stays there.

    def has_table(self, table_name: str) -> bool:
        """As Dagster's own."""
        if table_name not in self._schema and super().has_table(table_name):
            self._schema.add(table_name)
        return table_name in self._schema

    def _has_asset_key_col_on_connection(self, conn: Any, column_name: str) -> bool:
        column = f"asset_keys.{column_name}"
        if column not in self._schema and super()._has_asset_key_col_on_connection(
            conn, column_name
        ):
            self._schema.add(column)
        return column in self._schema

    def dispose(self) -> None:
        """Write what waits; an event that comes later is written by itself."""
        self._closed = True
        self.flush()
        super().dispose()


_storages: WeakSet[BatchedEventLog] = WeakSet()


@atexit.register
def _at_exit() -> None:
    for storage in list(_storages):
        storage._closed = True
        storage.flush()


def _in_fork() -> None:
    # What waits is the parent's to write, and one of its threads may have held the lock.
    for storage in list(_storages):
        storage._lock = threading.RLock()
        storage._begin()


os.register_at_fork(after_in_child=_in_fork)

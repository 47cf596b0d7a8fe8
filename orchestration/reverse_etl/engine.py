"""One sync from plan to account: drain what an earlier run left, plan, hold or send, settle, count.

Every trouble of a destination ends in a result with one clear line, so that the other syncs of
the night go on. What the engine promises: nothing lost, nothing sent twice under two keys, every
candidate and every planned removal accounted for.
"""

import traceback
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from ingestion.killpoint import killpoint
from ingestion.times import iso
from orchestration.control.store import ControlStore
from orchestration.reverse_etl import consent, holds, plan
from orchestration.reverse_etl.account import account_for_the_rest, judge
from orchestration.reverse_etl.clock import SYSTEM_CLOCK, Clock, stamp
from orchestration.reverse_etl.drain import Drain, count_drained
from orchestration.reverse_etl.keyed import secret_of
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.plan import VERDICTS, Plan
from orchestration.reverse_etl.protocol import Batch, Column, Destination, Row, Settled, Stopped
from orchestration.reverse_etl.reconciliation import reconcile
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.sending import Counter, Sender
from orchestration.reverse_etl.spec import SpecError, SyncSpec
from orchestration.reverse_etl.state import held_by_others, read_state

Progress = Callable[[str, int, int], None]  # sync, rows done, rows planned


def deliver(
    spec: SyncSpec,
    *,
    store: ControlStore,
    generation: duckdb.DuckDBPyConnection,
    run_id: str,
    as_of: datetime,
    destination: Destination | None,
    progress: Progress | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> SyncResult:
    """Deliver one sync and record it in `sync_runs`.

    `generation`: a connection as `warehouse.connection` makes it; it is read before the first
    request and gets temporary tables for the time of the call. `destination`: null when
    the settings have switched it off. Errors: `AccountingError`; `KeyboardInterrupt` and the like
    after the run was recorded as cancelled.
    """
    result = SyncResult(
        run_id=run_id,
        sync=spec.name,
        destination=spec.destination,
        generation=_generation_name(generation),
        as_of=iso(as_of),
        started_at=stamp(clock),
    )
    if destination is None:
        result.status, result.message = (
            "not_applicable",
            f"destination {spec.destination} is switched off in the settings",
        )
        return _finish(result, store, clock)
    delivery = _Delivery(spec, store, generation, destination, progress, clock, result)
    try:
        delivery.run()
    except (SpecError, Stopped) as trouble:
        result.status, result.message = "failed", str(trouble)
    except Exception as error:
        # Messages of databases and clients quote values: the type and the place say enough.
        result.status, result.message = (
            "failed",
            f"sync {spec.name}: {type(error).__name__} {_place(error)}; see the code there",
        )
    except BaseException:
        result.status, result.message = (
            "cancelled",
            f"sync {spec.name} was interrupted; the next run goes on where it stopped",
        )
        raise
    finally:
        destination.close()
        delivery.account_for_the_rest()
        result.requests, result.finished_at = destination.requests, stamp(clock)
        delivery.reconcile()
        plan.drop(generation)
        _finish(result, store, clock)
        # The bodies that were sent leave the write-ahead log too.
        store.query("pragma wal_checkpoint(truncate)")
    return result


class _Delivery:
    """The steps of one delivery and what they share."""

    def __init__(
        self,
        spec: SyncSpec,
        store: ControlStore,
        generation: duckdb.DuckDBPyConnection,
        destination: Destination,
        progress: Progress | None,
        clock: Clock,
        result: SyncResult,
    ) -> None:
        self.spec = spec
        self.store = store
        self.generation = generation
        self.destination = destination
        self.progress = progress
        self.clock = clock
        self.result = result
        self.secret = secret_of(generation)
        self.outbox = Outbox(
            store, spec.name, result.run_id, result.as_of, self.secret, clock, destination.resend
        )
        self.key_column: Column
        self.columns: tuple[Column, ...] = ()
        self.plan: Plan | None = None
        self.sender: Sender | None = None
        self.refused: list[Row] = []
        self.done = 0

    def run(self) -> None:
        """Drain, plan, decide, send.

        A destination in trouble is found out first, and the plan is counted all the same.
        """
        check(self.spec, self.destination)
        self.key_column, self.columns = plan.describe(self.generation, self.spec)
        read_state(self.generation, self.store, self.spec, self.secret)
        consent.load(self.generation, self.spec)
        trouble = self._open_and_drain()
        made = self.plan = plan.make(
            self.generation, self.spec, self.destination, self.key_column, self.columns
        )
        self.result.candidates = made.candidates
        self.result.planned_removals = sum(made.removals.values()) + made.owed
        self.result.removals_unknown = made.owed
        for verdict, field in VERDICTS.items():
            setattr(self.result, field, getattr(self.result, field) + made.verdicts.get(verdict, 0))
        if trouble:
            raise trouble
        decision = holds.decide(self.store, made, self.result.run_id, self.clock)
        if not decision.may_go:
            self.result.status, self.result.message = "held", decision.message
        self._send(made.takebacks(facts=True), self.result.count_removals)
        if not decision.may_go:
            return
        self._send(made.upserts(), self._count_upserts)
        if self.result.unknown == 0:
            self._send(made.takebacks(facts=False), self.result.count_removals)
            self._send_again()
            holds.settle(self.store, made, self.result.run_id, self.clock)
        judge(self.result, self.spec.on_rejected)

    def _send_again(self) -> None:
        """What was refused may fit by now: an address that a merge or a split moved is taken until
        its former holder changed or went."""
        moved = held_by_others(self.generation, self.refused)
        rows, self.refused = [row for row in self.refused if row.key in moved], []
        self.result.rejected -= len(rows)
        self._send((self._next_version(row) for row in rows), self.result.count_upserts)

    def _next_version(self, row: Row) -> Row:
        """The same body under a key of its own: a destination may keep its answer to a key."""
        version = row.version + 1
        return row._replace(
            version=version,
            idempotency_key=plan.idempotency_key(self.secret, self.spec, row.key, version),
            is_retry=True,
        )

    def reconcile(self) -> None:
        """Hold the counts against the durable state."""
        if self.plan is not None:
            reconcile(
                self.store,
                self.plan,
                self.result,
                self.secret,
                resends=self.destination.resend != "never",
            )

    def account_for_the_rest(self) -> None:
        """Rows that the plan has and no outcome."""
        upserts = removals = 0
        if self.sender is not None:
            if self.sender.count in (self.result.count_upserts, self._count_upserts):
                upserts = self.sender.in_flight
            elif self.sender.count == self.result.count_removals:
                removals = self.sender.in_flight
        account_for_the_rest(self.result, upserts, removals)

    def _open_and_drain(self) -> Stopped | None:
        """Settle what earlier runs left open.

        Returns the trouble that ends the sync once it is planned and counted.
        """
        try:
            self.destination.open()
        except Stopped as trouble:
            return trouble
        rows = list(self.outbox.open_rows())
        if not rows:
            return None
        try:
            Drain(
                self.spec,
                self.generation,
                self.destination,
                self.outbox,
                self.result,
                self._batch,
                self._send_open,
            ).run(rows)
        except Stopped as trouble:
            return trouble
        finally:
            read_state(self.generation, self.store, self.spec, self.secret)
        return None

    def _send(self, rows: Iterator[Row], count: Counter, *, draining: bool = False) -> None:
        self.sender = Sender(self.destination, self.outbox, self._batch, count, self._report)
        self.sender.send(rows, draining=draining)

    def _send_open(self, rows: list[Row]) -> None:
        self._send(iter(rows), partial(count_drained, self.result), draining=True)

    def _batch(self, action: str, rows: list[Row]) -> Batch:
        spec = self.spec
        return Batch(
            spec.object, action, spec.mode, self.key_column, self.columns, spec.contact_point, rows
        )

    def _count_upserts(self, settled: list[Settled]) -> None:
        self.result.count_upserts(settled)
        self.refused += [row for row, outcome in settled if outcome.status == "rejected"]

    def _report(self, rows: int) -> None:
        self.done += rows
        if self.progress and self.plan:
            planned = self.plan.adds + self.plan.changes + self.result.planned_removals
            self.progress(self.spec.name, self.done, planned)


def check(spec: SyncSpec, destination: Destination) -> None:
    """Whether the destination can do what the sync wants. Errors: `SpecError`."""
    if spec.mode not in destination.modes:
        raise SpecError(
            f"sync {spec.name}: destination {destination.name} has no mode {spec.mode};"
            f" use {', '.join(sorted(destination.modes))}"
        )
    for setting, action in (("on_removal", spec.on_removal), ("on_withdrawal", spec.on_withdrawal)):
        if action is not None and action != "ignore" and action not in destination.removals:
            raise SpecError(
                f"sync {spec.name}: {setting} is {action}, which destination {destination.name} "
                f"cannot do; use ignore or {', '.join(destination.removals)}"
            )


def _finish(result: SyncResult, store: ControlStore, clock: Clock) -> SyncResult:
    result.finished_at = result.finished_at or stamp(clock)
    result.check()
    killpoint("delivery.before_record")
    result.record(store)
    killpoint("delivery.after_record")
    return result


def _generation_name(connection: duckdb.DuckDBPyConnection) -> str:
    """The file name of the generation behind the catalog `clientele`."""
    row = connection.execute(
        "select path from duckdb_databases() where database_name = 'clientele'"
    ).fetchone()
    return Path(row[0]).name if row and row[0] else "memory"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "reverse_etl" in frame.filename] or list(frames)
    return f"in {Path(own[-1].filename).name} line {own[-1].lineno}"

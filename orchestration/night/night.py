"""One night, in plain functions: what each Dagster asset calls, in the order of the path.

Nothing here imports Dagster.
"""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from expectations.report import GateResult
from ingestion.delivered_again import DeliveredAgain
from ingestion.load.loader import LoadReport, load
from ingestion.pull.run import PullOutcome
from ingestion.times import iso, utc_now
from orchestration.control.lease import Lease, boot_id
from orchestration.control.store import ControlStore
from orchestration.night.clock import last_complete_day, latest_day, night_of
from orchestration.night.code import code_version
from orchestration.night.ended import end_failed, tell_of_the_dead
from orchestration.night.gate_process import GateProcess
from orchestration.night.gates_page import write_gates_page
from orchestration.night.night_inputs import night_inputs, raw_relations
from orchestration.night.pulls import pull_night
from orchestration.night.report_files import write_report
from orchestration.night.settings_check import check_settings
from orchestration.night.workbench import Workbench, without_values
from orchestration.settings import Settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.generations import MANIFEST, Generations, Sealed
from orchestration.warehouse.publish import publish

PUBLISHED, PUBLISHED_WITH_EXCEPTIONS, FAILED, REFUSED = 0, 3, 1, 2


class Night(Workbench):
    """A run that holds the lease.

    Its kind is `nightly` (publishes and sends) or, for an as_of before the published one, `rebuild`
    (builds and seals).
    """

    def __init__(
        self,
        settings: Settings,
        run_id: str,
        gates: GateProcess,
        dbt: DbtRunner,
        *,
        as_of: datetime | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        store = ControlStore.open(settings.home.store)
        super().__init__(settings, run_id, store, gates, dbt)
        self.say = say
        self.started_at = utc_now()
        self.pull_outcomes: list[PullOutcome] = []
        self.load_report: LoadReport | None = None
        self.sync_results: list[Any] = []
        self.sealed: Sealed | None = None
        self.published = False
        try:
            self.lease = Lease.acquire(store, run_id)
        except BaseException:
            self.meter.stop()
            store.close()
            raise
        self._closed = False
        try:
            self._begin(as_of)
        except BaseException as error:
            with closing(self):
                why = without_values(str(error)) or "it was stopped"
                end_failed(store, self.home.nights, run_id, why)
            raise

    def _begin(self, as_of: datetime | None) -> None:
        self.contracts = self.settings.contracts
        check_settings(self.settings)
        self.home.keep_private()
        self.generations = Generations(self.home.generations)
        self._record_pointer()
        tell_of_the_dead(self.store, self.home.nights, self.generations.pointed_to())
        newest = self.store.query(
            "select max(as_of) as as_of from runs where status = 'published'"
        )[0]["as_of"]
        self.as_of = night_of(self.settings, self.store, as_of, newest, datetime.now(UTC))
        self.as_of_date = last_complete_day(self.settings, self.as_of)
        self.say(self.generations.check_room(self.settings.minimum_free_disk_gib))
        self.kind = "rebuild" if newest and iso(self.as_of) < newest else "nightly"
        for unfinished in self.generations.unfinished():
            self._remove(unfinished)
        with self.store.transaction() as db:
            db.execute(
                "insert into runs (run_id, kind, as_of, status, pid, boot_id, started_at,"
                " code_version) values (?, ?, ?, 'running', ?, ?, ?, ?)",
                [
                    self.run_id,
                    self.kind,
                    iso(self.as_of),
                    os.getpid(),
                    boot_id(),
                    self.started_at,
                    code_version(),
                ],
            )
        self.scratch = self.home.derived / "runs" / self.run_id
        self.inputs_path = self.generations.inputs(self.run_id)
        self.inputs = night_inputs(
            self.settings,
            self.store,
            run_id=self.run_id,
            as_of=self.as_of,
            as_of_date=self.as_of_date,
            generation=self.generations.file(self.run_id),
            scratch=self.scratch,
        )
        self._set_raw_relations()
        connect(self.inputs.reading([]), write=True).close()  # raw's readers open it, too

    def _record_pointer(self) -> None:
        """After a kill between the pointer's move and its record:
        readers see that night, so it counts as published."""
        with self.store.transaction() as db:
            db.execute(
                "update runs set status = 'published' where run_id = ? and status = 'failed'",
                [self.generations.pointed_to()],
            )

    def _set_raw_relations(self) -> None:
        raw = raw_relations(self.settings, self.store, self.contracts, self.as_of)
        self.inputs = self.inputs.with_relations(raw)
        self.inputs.save(self.inputs_path)

    def pull(self) -> list[PullOutcome]:
        """APIs and databases → landing zone; a rebuild pulls nothing."""
        if self.kind == "nightly":
            self.pull_outcomes = pull_night(
                self.settings, self.store, self.contracts, day=self.as_of_date, run_id=self.run_id
            )
        return self.pull_outcomes

    def load(self) -> LoadReport:
        """Landing zone → raw; a rebuild reads the ledger only.

        Errors: `Refused` when a required source has nothing usable.
        """
        self.settings.landing.make()
        self.load_report = load(
            self.settings.landing,
            self.settings.raw,
            self.store,
            self.contracts,
            self.settings.enabled_sources if self.kind == "nightly" else (),
            as_of=self.as_of,
            as_of_date=self.as_of_date,
            run_id=self.run_id,
            latest_day=latest_day(self.settings, self.store, datetime.now(UTC)),
            progress=self.say,
        )
        self._set_raw_relations()
        for name, source in self.settings.sources.items():
            if source.enabled and source.required:
                self._require(name, source.freshness_days)
        return self.load_report

    def _require(self, source: str, freshness_days: int) -> None:
        newest = DeliveredAgain(self.store).newest_day(source, self.as_of)
        if newest is None or (self.as_of_date - date.fromisoformat(newest)).days > freshness_days:
            self.refuse(
                f"source {source} is required, and its newest usable extract "
                f"is of {newest or 'no day at all'}: more than {freshness_days} days before "
                f"{self.as_of_date}. Deliver it, or change sources.{source} in clientele.yml"
            )

    def count_rows(self, layer: str) -> dict[str, int]:
        counts = super().count_rows(layer)
        with self.store.transaction() as db:
            db.executemany(
                "insert or replace into table_counts (run_id, as_of, layer, table_name, row_count)"
                " values (?, ?, ?, ?, ?)",
                [
                    (self.run_id, iso(self.as_of), layer, table, count)
                    for table, count in counts.items()
                ],
            )
        return counts

    def check(self, layer: str, tables: list[str]) -> list[GateResult]:
        results = super().check(layer, tables)
        self.save_gate_results(self.as_of, results)
        return results

    def seal(self) -> Sealed:
        """Finish the generation's file and describe it."""
        head = self.store.query(
            "select coalesce(max(sequence), 0) as head from extract_files where as_of <= ?",
            [iso(self.as_of)],
        )[0]["head"]
        folder = self.generations.manifest_folder(self.run_id)
        folder.mkdir(exist_ok=True)
        shutil.copyfile(self.dbt.manifest_path, folder / MANIFEST)
        self.sealed = self.generations.seal(
            self.inputs, self.gate_results, head, code_version(), self.home.derived
        )
        with self.store.transaction() as db:
            db.execute(
                "update runs set generation = ?, content_hash = ?, ledger_head = ?"
                " where run_id = ?",
                [self.inputs.generation.name, self.sealed.content_hash, head, self.run_id],
            )
        return self.sealed

    def publish(self) -> int:
        """Move readers to the sealed generation; returns records whose id is new or moved.

        A rebuild publishes nothing.
        """
        if self.kind == "rebuild":
            return 0
        try:
            moved = publish(self.generations, self.store, self.inputs, self.home.ids)
        finally:
            self.published = self.generations.pointed_to() == self.run_id
        try:
            self._prune()
        except OSError as error:  # no reason to send nothing
            self.errors.append(f"old generations could not be removed: {error}")
        return moved

    def _prune(self) -> None:
        """Drop sealed generations beyond those that a rollback may go to."""
        rows = self.store.query(
            "select run_id from runs where generation is not null and status = 'published'"
            " order by started_at desc"
        )
        kept = {row["run_id"] for row in rows[: self.settings.keep_generations]}
        for run_id in (
            set(self.generations.sealed()) - kept - {self.generations.current(), self.run_id}
        ):
            self._remove(run_id)

    def _remove(self, run_id: str) -> None:
        self.generations.remove(run_id)
        spill = self.settings.limits.spill
        for left in spill.glob(f"gen-{run_id}.spill-*") if spill else ():
            shutil.rmtree(left, ignore_errors=True)
        shutil.rmtree(self.home.derived / "runs" / run_id, ignore_errors=True)

    def outcome(self, *, waits: bool) -> tuple[str, int]:
        """How the night ended: status and exit code, as the README's table has them.

        `waits`: something needs a person.
        """
        if self.published:
            return "published", PUBLISHED_WITH_EXCEPTIONS if waits or self.errors else PUBLISHED
        if self.refusals:
            return "refused", REFUSED
        if self.errors or not self.sealed or self.kind == "nightly":
            return "failed", FAILED
        return "rebuilt", PUBLISHED

    def finish(self, report: dict[str, Any]) -> Path:
        """Write the report and the gates' page, give the lease back, close the store."""
        try:
            with self.store.transaction() as db:
                db.execute(
                    "update runs set status = ?, exit_code = ?, finished_at = ?, report = ?"
                    " where run_id = ?",
                    [
                        report["status"],
                        report["exit_code"],
                        utc_now(),
                        json.dumps(report, default=str),
                        self.run_id,
                    ],
                )
            path = write_report(self.home.nights, report)
            write_gates_page(self, self.as_of, report)
        finally:
            self.close()
        return path

    def close(self) -> None:
        """Give the lease back and close the store; harmless when it was done already."""
        if not self._closed:
            self._closed = True
            self.meter.stop()
            self.lease.release()
            self.store.close()

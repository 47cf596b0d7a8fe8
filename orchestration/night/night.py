"""One night, in plain functions: what each Dagster asset calls, in the order of the path.

Nothing here imports Dagster.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from expectations.page import past_figures, write_page
from expectations.report import GateResult
from ingestion.contracts.contract import load_contracts, raw_columns
from ingestion.layers import RAW
from ingestion.load.loader import LoadReport, load, raw_files
from ingestion.pull.run import PullOutcome
from ingestion.times import iso, utc_now
from orchestration.control.lease import Lease, boot_id
from orchestration.control.store import ControlStore
from orchestration.layers import STEP_TABLES
from orchestration.night.clock import last_complete_day, night_of
from orchestration.night.gate_process import GateProcess
from orchestration.night.report_files import write_report
from orchestration.night.pulls import check_pulls, pull_night
from orchestration.night.workbench import Workbench
from orchestration.reverse_etl.destinations import available
from orchestration.settings import PROJECT, Settings, SettingsError
from orchestration.steps.run import STEP_COLUMNS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.generations import Generations, Sealed
from orchestration.warehouse.histories import customer_ids, export_histories
from orchestration.warehouse.inputs import Inputs, Relation
from orchestration.warehouse.publish import publish

PUBLISHED, PUBLISHED_WITH_EXCEPTIONS, FAILED, REFUSED = 0, 3, 1, 2


def code_version() -> str:
    """The commit that the code stands at, marked when it was changed since;
    `unknown` outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


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
        except BaseException:
            with store.transaction() as db:
                db.execute(
                    "update runs set status = 'failed', exit_code = ?, finished_at = ?"
                    " where run_id = ?",
                    [FAILED, utc_now(), run_id],
                )
            self.close()
            raise

    def _begin(self, as_of: datetime | None) -> None:
        self.contracts = load_contracts()
        self._check_names()
        self.generations = Generations(self.home.generations)
        self._record_pointer()
        newest = self.store.query(
            "select max(as_of) as as_of from runs where status = 'published'"
        )[0]["as_of"]
        self.as_of = night_of(self.settings, self.store, as_of, newest, datetime.now(UTC))
        self.as_of_date = last_complete_day(self.settings, self.as_of)
        self.generations.check_room(self.settings.minimum_free_disk_gib)
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
        self.inputs = Inputs(
            run_id=self.run_id,
            as_of=self.as_of,
            as_of_date=self.as_of_date,
            generation=self.generations.file(self.run_id),
            key_file=self.home.key_file,
            variables={
                "shop_time_zone": self.settings.shop.time_zone,
                "shop_currency": self.settings.shop_currency,
                "reporting_currency": self.settings.reporting_currency,
                "gross_margin": str(self.settings.gross_margin),
                "match_sources": ",".join(self.settings.matched_sources),
                "match_threshold": str(self.settings.match_threshold),
            },
            relations={
                **export_histories(self.store, self.scratch / "control", self.as_of),
                "ids.customer_ids": customer_ids(self.store, self.home.ids, self.as_of),
                **self._step_relations(),
            },
        )
        self._set_raw_relations()
        connect(
            self.inputs, write=True
        ).close()  # the empty generation: readers of raw open it, too

    def _check_names(self) -> None:
        """A source or destination that nothing knows would be silently left out.

        Errors: `SettingsError` that names the key.
        """
        kinds = {
            name: str(place.options.get("kind", name))
            for name, place in self.settings.destinations.items()
        }
        for key, named, known, remedy in (
            (
                "sources",
                {name: name for name in self.settings.sources},
                sorted(self.contracts),
                "ingestion/sources/{}.yml",
            ),
            ("destinations", kinds, available(), "orchestration/reverse_etl/destinations/{}.py"),
        ):
            for name, wanted in named.items():
                if wanted not in known:
                    missing = remedy.format(wanted)
                    raise SettingsError(
                        f"{self.settings.file}: {key}.{name}: there is no {missing};"
                        f" known are {', '.join(known)}"
                    )
        check_pulls(self.settings, self.contracts)

    def _record_pointer(self) -> None:
        """After a kill between the pointer's move and its record:
        readers see that night, so it counts as published."""
        with self.store.transaction() as db:
            db.execute(
                "update runs set status = 'published' where run_id = ? and status = 'failed'",
                [self.generations.pointed_to()],
            )

    def _step_relations(self) -> dict[str, Relation]:
        folder = self.scratch / "steps"
        tables = [table for step in STEP_TABLES.values() for table in step]
        return {
            f"steps.{table}": Relation(STEP_COLUMNS[table], (str(folder / f"{table}.parquet"),))
            for table in tables
        }

    def _set_raw_relations(self) -> None:
        enabled = set(self.settings.enabled_sources)
        files = raw_files(self.store, self.as_of)
        relations = {}
        for source in self.contracts.values():
            for table in source.tables.values():
                name = f"{source.name}_{table.name}"
                paths = files.get(name, []) if source.name in enabled else []
                relations[f"{RAW}.{name}"] = Relation(
                    raw_columns(table), tuple(self.settings.raw.at(path) for path in paths)
                )
        self.inputs = self.inputs.with_relations(relations)
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
            progress=self.say,
        )
        self._set_raw_relations()
        for name, source in self.settings.sources.items():
            if source.enabled and source.required:
                self._require(name, source.freshness_days)
        return self.load_report

    def _require(self, source: str, freshness_days: int) -> None:
        newest = self.store.query(
            "select max(business_date) as day from extract_files where source = ?1 and as_of <= ?2"
            " and (status = 'loaded' or (status = 'superseded' and superseded_as_of > ?2))",
            [source, iso(self.as_of)],
        )[0]["day"]
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
        head = (
            self.store.query(
                "select max(sequence) as head from extract_files where as_of <= ?",
                [iso(self.as_of)],
            )[0]["head"]
            or 0
        )
        folder = self.generations.manifest_folder(self.run_id)
        folder.mkdir(exist_ok=True)
        shutil.copy2(self.dbt.manifest_path, folder / "manifest.json")
        self.sealed = self.generations.seal(self.inputs, self.gate_results, head, code_version())
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
        with self.store.transaction() as db:
            db.execute("update runs set status = 'published' where run_id = ?", [self.run_id])
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
        shutil.rmtree(self.home.derived / "runs" / run_id, ignore_errors=True)

    def _write_gates_page(self, report: dict[str, Any]) -> None:
        past = self.store.query(
            "select layer, table_name, expectation, observed from gate_results where run_id <> ?"
            " and as_of < ? order by as_of, rowid",
            [self.run_id, iso(self.as_of)],
        )
        heading = {"run": self.run_id, "as of": iso(self.as_of), "outcome": report["status"]}
        write_page(
            self.home.nights / f"{self.run_id}.html",
            heading,
            self.gate_results,
            past_figures(dict(row) for row in past),
        )

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
            self._write_gates_page(report)
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

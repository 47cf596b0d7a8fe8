"""One load in progress: decides, converts and publishes file by file, and keeps what the report will say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from ingestion.byte_stream import sha256_of
from ingestion.checks import quote
from ingestion.convert import Converted, Converter
from ingestion.decide import Action, decide, doubt_about_snapshot, snapshot_date, superseded_by
from ingestion.doubts import History
from ingestion.errors import ExtractChangedError, ExtractError
from ingestion.landing import Extract, is_settled
from ingestion.ledger import FILE_ID_DIGITS, Entry, Ledger, Stat, as_json, iso
from ingestion.manifests import manifest_digest
from ingestion.raw_files import RawFolder
from ingestion.report import FileOutcome
from orchestration.control.killpoint import killpoint


@dataclass(frozen=True)
class _Job:
    """An extract on its way: its ledger row to be, the files built for it, what was found in it."""

    extract: Extract
    entry: Entry
    built: Path
    built_bad: Path
    converted: Converted


class LoadRun:
    """`outcomes`, `unchanged` (number of files) and `unsettled` (paths) grow while `load_all` runs."""

    def __init__(self, ledger: Ledger, folder: RawFolder, converter: Converter, as_of: datetime, run_id: str) -> None:
        self._ledger = ledger
        self._folder = folder
        self._converter = converter
        self._as_of = as_of
        self._run_id = run_id
        self._stats = ledger.known_stats()
        self._contents: dict[tuple[str, str, str], Entry] = {}  # the last entry of each content
        self._live: dict[str, dict[int, Entry]] = {}  # by raw table and sequence: the files that count
        for entry in ledger.entries():
            self._remember(entry)
        self._sequence = ledger.next_sequence()
        self._history = History(ledger, self._sequence)
        self._seen: list[tuple[str, Stat, str]] = []
        self.outcomes: list[FileOutcome] = []
        self.unchanged = 0
        self.unsettled: list[str] = []

    def load_all(self, extracts: list[Extract], progress: Callable[[str], None]) -> None:
        """Load extracts that come in load order; a snapshot's files of one day stand or fall together."""
        done = 0
        for (day, table_name), group in groupby(extracts, key=lambda e: (e.business_date, e.table.raw_name)):
            batch = list(group)
            together = batch[0].table.load_mode == "snapshot"
            for part in [batch] if together else [[extract] for extract in batch]:
                self._load_together(part)
            before, done = done, done + len(batch)
            if done * 10 // len(extracts) > before * 10 // len(extracts):
                progress(f"raw: {done} of {len(extracts)} files looked at, last {table_name} of {day}")
        self._ledger.record([], [], self._seen, self._as_of)

    def _load_together(self, extracts: list[Extract]) -> None:
        """Load what is new among `extracts`, all of one table and day: their ledger rows come in one transaction."""
        first_sequence = self._sequence
        jobs: dict[str, _Job] = {}
        for extract in extracts:
            job = self._job(extract, jobs)
            if job:
                jobs[job.entry.sha256] = job
        if not jobs:
            return
        judged = self._judge(list(jobs.values()))
        recorded = [job for job in judged if not self._is_held_already(job.entry)]
        live = list(self._live.get(extracts[0].table.raw_name, {}).values())
        superseded: dict[int, Entry] = {}
        for job in recorded:
            if job.entry.status == "loaded":
                found = superseded_by(job.extract.table, job.extract.path, job.extract.business_date, live)
                superseded |= {entry.sequence: entry for entry in found}
            self._publish(job)
        if not recorded:
            self._sequence = first_sequence
        killpoint("loader.before_ledger")
        settled = [(job.extract.path, job.extract.stat, job.entry.sha256) for job in judged if is_settled(job.extract.stat)]
        self._ledger.record([job.entry for job in recorded], list(superseded.values()), settled, self._as_of)
        killpoint("loader.after_ledger")
        for entry in superseded.values():
            self._remember(replace(entry, status="superseded", superseded_as_of=iso(self._as_of)))
        for job in recorded:
            self._remember(job.entry)
        self.outcomes += [_outcome(job) for job in judged]

    def _job(self, extract: Extract, pending: dict[str, _Job]) -> _Job | None:
        """The file converted, or None when there is nothing to do for it (and that is noted)."""
        table = extract.table
        try:
            sha256, is_known = self._sha256(extract)
        except OSError as error:
            self.outcomes.append(_unreadable(extract, error))
            return None
        known = self._contents.get((table.source, table.name, sha256))
        manifest = manifest_digest(extract.file)
        live = list(self._live.get(table.raw_name, {}).values())
        decision = decide(table, extract.path, extract.business_date, known, live, manifest)
        if decision.action is Action.LOAD and sha256 not in pending:
            entry = self._entry(extract, sha256, decision.revision)
            return self._convert(extract, entry)
        if decision.action is Action.SET_ASIDE and known:
            self.outcomes.append(_known_outcome(extract, known))
        else:
            self.unchanged += 1
        if not is_known and is_settled(extract.stat):
            self._seen.append((extract.path, extract.stat, sha256))
        return None

    def _sha256(self, extract: Extract) -> tuple[str, bool]:
        """The content's sha256, and whether the file's stat vouched for it."""
        stat, sha256 = self._stats.get(extract.path, (None, ""))
        return (sha256, True) if stat == extract.stat else (sha256_of(extract.file), False)

    def _entry(self, extract: Extract, sha256: str, revision: int) -> Entry:
        table, file_id = extract.table, sha256[:FILE_ID_DIGITS]
        entry = Entry(
            sequence=self._sequence,
            file_id=file_id,
            sha256=sha256,
            source=table.source,
            table_name=table.name,
            path=extract.path,
            size=extract.stat.size,
            business_date=extract.business_date.isoformat(),
            as_of=iso(self._as_of),
            run_id=self._run_id,
            rows_read=None,
            rows_loaded=None,
            rows_quarantined=None,
            attested=0,
            control_totals=None,
            null_counts=None,
            schema_hash=table.fingerprint,
            drift=None,
            contract_version=table.version,
            revision=revision,
            raw_path=None,
            status="refused",
            reason=None,
            superseded_as_of=None,
            manifest_sha256=manifest_digest(extract.file),
            loaded_at=iso(self._as_of),
        )
        self._sequence += 1
        return entry

    def _convert(self, extract: Extract, entry: Entry) -> _Job | None:
        built = self._folder.incoming / f"{entry.sequence}.parquet"
        built_bad = self._folder.incoming / f"{entry.sequence}.bad.parquet"
        constants = {
            "_file_id": quote(entry.file_id),
            "_arrival": f"{entry.sequence}::bigint",
            "_loaded_at": f"timestamp {quote(self._as_of.isoformat(sep=' '))}",
        }
        try:
            converted = self._converter.convert(extract, entry.sha256, constants, built, built_bad)
        except ExtractChangedError:
            self.unsettled.append(extract.path)
            self._sequence = entry.sequence
            return None
        except ExtractError as error:
            converted = Converted(0, 0, 0, refusal=error.reason)
        except OSError as error:
            self.outcomes.append(_unreadable(extract, error))
            self._sequence = entry.sequence
            return None
        killpoint("loader.after_write")
        if not converted.refusal:
            counts = converted.rows, converted.loaded, converted.null_counts, converted.attested
            converted = replace(converted, drift=converted.drift | self._history.doubts(extract.table, *counts))
        if converted.refusal:
            entry = replace(entry, reason=f"{extract.path}: {converted.refusal}", rows_quarantined=converted.quarantined)
        else:
            raw_path = f"{entry.source}/{entry.table_name}/{entry.file_id}.r{entry.revision}.parquet"
            entry = replace(entry, status="loaded", raw_path=raw_path, rows_quarantined=converted.quarantined)
        entry = replace(
            entry,
            rows_read=converted.rows,
            rows_loaded=converted.loaded,
            attested=int(converted.attested),
            control_totals=as_json(converted.control_totals),
            null_counts=as_json(converted.null_counts),
            drift=as_json(converted.drift),
        )
        return _Job(extract, entry, built, built_bad, converted)

    def _judge(self, jobs: list[_Job]) -> list[_Job]:
        """Snapshots only: hold one that is incomplete or shrank too much, enter one that came late as superseded at once."""
        table, day = jobs[0].extract.table, jobs[0].extract.business_date
        if table.load_mode != "snapshot":
            return jobs
        live = list(self._live.get(table.raw_name, {}).values())
        part_refused = any(job.entry.status == "refused" for job in jobs)
        doubt = doubt_about_snapshot(table, day, sum(job.converted.loaded for job in jobs), live, part_refused)
        late = iso(self._as_of) if day < snapshot_date(live) else None
        if not doubt and not late:
            return jobs
        judged = []
        for job in jobs:
            if job.entry.status == "loaded":
                reason = f"{job.extract.path}: {doubt}" if doubt else None
                changed = replace(
                    job.entry, status="held" if doubt else "superseded", reason=reason, superseded_as_of=None if doubt else late
                )
                job = replace(job, entry=changed)
            judged.append(job)
        return judged

    def _publish(self, job: _Job) -> None:
        """Bad rows first, then the good ones; the ledger row comes after both."""
        if job.entry.rows_quarantined:
            self._folder.publish(job.built_bad, job.entry.quarantine_path)
        if job.entry.raw_path:
            self._folder.publish(job.built, job.entry.raw_path)

    def _is_held_already(self, entry: Entry) -> bool:
        known = self._contents.get((entry.source, entry.table_name, entry.sha256))
        return known is not None and entry.status == known.status == "held" and entry.reason == known.reason

    def _remember(self, entry: Entry) -> None:
        self._contents[entry.source, entry.table_name, entry.sha256] = entry
        live = self._live.setdefault(f"{entry.source}_{entry.table_name}", {})
        live.pop(entry.sequence, None)
        if entry.status == "loaded":
            live[entry.sequence] = entry


def _outcome(job: _Job) -> FileOutcome:
    entry, converted = job.entry, job.converted
    return FileOutcome(
        path=entry.path,
        raw_table=job.extract.table.raw_name,
        business_date=entry.business_date,
        status=entry.status,
        rows=converted.rows,
        loaded=converted.loaded,
        quarantined=converted.quarantined,
        attested=converted.attested,
        reason=entry.reason,
        reasons=converted.reasons,
        drift=converted.drift,
    )


def _known_outcome(extract: Extract, entry: Entry) -> FileOutcome:
    """A file that an earlier run refused and that still lies there as it was."""
    return FileOutcome(
        extract.path, extract.table.raw_name, entry.business_date, entry.status, entry.rows_read or 0, reason=entry.reason, is_new=False
    )


def _unreadable(extract: Extract, error: OSError) -> FileOutcome:
    """Not entered in the ledger: its content is not known."""
    reason = f"{extract.path}: cannot be read ({error.strerror}); check its permissions and the disk"
    return FileOutcome(extract.path, extract.table.raw_name, extract.business_date.isoformat(), "refused", reason=reason)

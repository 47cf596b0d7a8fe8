"""One load in progress: decides, converts and publishes file by file,
and keeps what the report will say."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from ingestion.errors import ExtractChangedError, ExtractError
from ingestion.killpoint import killpoint
from ingestion.landing.manifests import manifest_digest
from ingestion.landing.scan import MANIFEST, Extract, bring, is_settled
from ingestion.ledger import Entry, Ledger, as_json
from ingestion.load.convert import Converted, Converter
from ingestion.load.decide import Action, decide, doubt_about_snapshot, snapshot_date
from ingestion.load.doubts import History
from ingestion.load.job import Job, refused_entry
from ingestion.load.late_manifests import late_doubt
from ingestion.load.names import Names
from ingestion.load.report import FileOutcome, contested, known_outcome, outcome_of, unreadable
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.tombstones import brings_again, write_tombstones
from ingestion.readers.byte_stream import sha256_of
from ingestion.sql import quote
from ingestion.storage.protocol import Stat, Storage
from ingestion.times import iso


class LoadRun:
    """What grows while `load_all` runs: `outcomes`, `unchanged` (number of files),
    `unsettled` (paths) and `outdated`.

    `outdated` counts, by source and contract version, the files that are in raw as an earlier
    version of their contract had them.
    """

    def __init__(
        self,
        ledger: Ledger,
        entries: list[Entry],
        landing: Storage,
        folder: RawFolder,
        converter: Converter,
        as_of: datetime,
        run_id: str,
    ) -> None:
        self._ledger = ledger
        self._landing = landing
        self._folder = folder
        self._converter = converter
        self._as_of = as_of
        self._run_id = run_id
        self._stats = ledger.known_stats()
        self._names = Names(ledger.names())
        self._contents: dict[tuple[str, str, str], Entry] = {}  # the last entry of each content
        self._live: dict[
            str, dict[int, Entry]
        ] = {}  # by raw table and sequence: the files that count
        self._bad: dict[
            tuple[str, str], dict[int, Entry]
        ] = {}  # by raw table and path, then sequence: of those, the ones with bad rows
        self._named: dict[tuple[str, str], Entry] = {}  # by raw table and path: the last of them
        for entry in entries:
            self._remember(entry)
        self._sequence = ledger.next_sequence()
        self._history = History(ledger, self._sequence)
        self._seen: list[tuple[str, Stat, str]] = []
        self._other_names: dict[
            tuple[str, str, str], Extract
        ] = {}  # contents that lie there under another name than the ledger's
        self.outcomes: list[FileOutcome] = []
        self.unchanged = 0
        self.unsettled: list[str] = []
        self.outdated: Counter[tuple[str, int]] = Counter()

    def load_all(self, extracts: list[Extract], progress: Callable[[str], None]) -> None:
        """Load extracts that come in load order;
        a snapshot's files of one day stand or fall together."""
        done = 0
        for (day, table_name), group in groupby(
            extracts, key=lambda e: (e.business_date, e.table.raw_name)
        ):
            batch = list(group)
            together = batch[0].table.load_mode == "snapshot"
            for part in [batch] if together else [[extract] for extract in batch]:
                self._load_together(part)
                self._landing.let_go()
            before, done = done, done + len(batch)
            if done * 10 // len(extracts) > before * 10 // len(extracts):
                progress(
                    f"raw: {done} of {len(extracts)} files looked at, last {table_name} of {day}"
                )
        self._ledger.record([], [], self._seen, self._as_of, names=self._names.take_changes())

    def _load_together(self, extracts: list[Extract]) -> None:
        """Load what is new among `extracts`, all of one table and day:
        their ledger rows come in one transaction."""
        first_sequence, noted = self._sequence, len(self.outcomes) + len(self.unsettled)
        jobs: dict[str, Job] = {}
        for extract in extracts:
            job = self._job(extract, jobs)
            if job:
                jobs[job.entry.sha256] = job
        if not jobs:
            return
        live = list(self._live_of(extracts[0])) if extracts[0].table.names_count else []
        if extracts[0].table.load_mode == "snapshot":
            self._take_over(jobs, live, extracts[0].business_date)
        judged = self._judge(
            list(jobs.values()),
            live,
            is_incomplete=len(self.outcomes) + len(self.unsettled) > noted,
        )
        recorded = [job for job in judged if not self._is_held_already(job.entry)]
        superseded: dict[int, Entry] = {}
        settled: list[Entry] = []
        for job in recorded:
            if job.entry.status == "loaded":
                superseded |= job.superseded(
                    live, self._names.hold(job.extract.table, job.extract.path, job.entry.sha256)
                )
                settled += self._mended(job)
        recorded = self._with_deleted(recorded, list(superseded.values()), live)
        for job in recorded:
            self._publish(job)
        if not recorded:
            self._sequence = first_sequence
        killpoint("loader.before_ledger")
        seen = [look for job in judged for look in job.looked_at if is_settled(look[1])]
        names, replaced = self._names.take_changes(), list(superseded.values())
        self._ledger.record(
            [job.entry for job in recorded], replaced, seen, self._as_of, settled, names
        )
        killpoint("loader.after_ledger")
        for entry in [
            *settled,
            *(
                replace(old, status="superseded", superseded_as_of=iso(self._as_of))
                for old in superseded.values()
            ),
        ]:
            self._remember(entry)
        for job in recorded:
            self._remember(job.entry)
        self.outcomes += [outcome_of(job.extract, job.entry, job.converted) for job in judged]

    def _mended(self, job: Job) -> list[Entry]:
        """The files of the same name whose quarantined rows a new one brings again:
        it has all that they had, and is no shorter."""
        bad = self._bad.get((job.entry.raw_name, job.entry.path), {}).values()
        longest = [
            entry
            for entry in bad
            if not entry.settled_by and job.converted.rows >= (entry.rows_read or 0)
        ]
        raw, table, built = self._folder, job.extract.table, str(job.built)
        again = [
            entry
            for entry in longest
            if entry.raw_path and brings_again(raw, table, raw.at(entry.raw_path), built)
        ]
        by = f"delivered again: {job.entry.path}"
        return [replace(entry, settled_as_of=iso(self._as_of), settled_by=by) for entry in again]

    def _held(self, extract: Extract) -> str | None:
        """The content that the extract's name holds, where names count."""
        table = extract.table
        if table.names_hold:
            return self._names.held(table, extract.path)
        named = self._named.get((table.raw_name, extract.path)) if table.names_count else None
        return named.sha256 if named else None

    def _take_over(self, jobs: dict[str, Job], live: list[Entry], day: date) -> None:
        """A part of the day's snapshot that loses its name,
        but lies there under another one as well, counts under that."""
        waiting = list(jobs.values())
        while waiting:
            for entry in waiting.pop().superseded(live).values():
                other = self._other_names.get((entry.source, entry.table_name, entry.sha256))
                if other and other.business_date == day and entry.sha256 not in jobs:
                    job = self._convert(other, entry.sha256, entry.revision + 1)
                    if job:
                        jobs[entry.sha256] = job
                        waiting.append(job)

    def _job(self, extract: Extract, pending: dict[str, Job]) -> Job | None:
        """The file converted, or None when there is nothing to do for it (and that is noted)."""
        table = extract.table
        try:
            sha256, is_known = self._sha256(extract)
            known = self._contents.get((table.source, table.name, sha256))
            manifest = (
                manifest_digest(self._landing, extract)
                if known and known.status == "refused"
                else None
            )
        except OSError as error:
            self.outcomes.append(unreadable(extract, error))
            return None
        held = self._held(extract)
        decision = decide(
            table,
            extract.path,
            extract.business_date,
            known,
            self._live_of(extract),
            manifest,
            held,
        )
        if decision.action is Action.LOAD and sha256 not in pending:
            return self._convert(extract, sha256, decision.revision)
        if decision.action is Action.SET_ASIDE and known:
            self.outcomes.append(known_outcome(extract, known))
        else:
            self.unchanged += 1
            self._note_unchanged(extract, known)
        if not is_known and is_settled(extract.stat):
            self._seen.append((extract.path, extract.stat, sha256))
        return None

    def _note_unchanged(self, extract: Extract, known: Entry | None) -> None:
        if known and known.status == "loaded":
            self._names.hold(extract.table, extract.path, known.sha256)
            if known.path != extract.path:
                self._other_names[known.source, known.table_name, known.sha256] = extract
            if known.contract_version < extract.table.version:
                self.outdated[known.source, known.contract_version] += 1
            if (
                extract.manifest
                and self._stats.get(extract.path + MANIFEST, (None, ""))[0] != extract.manifest
            ):
                self._hear(extract, extract.manifest, known)

    def _hear(self, extract: Extract, stat: Stat, known: Entry) -> None:
        """What a manifest says that was not looked at yet, of a file that was."""
        try:
            digest, doubt = late_doubt(self._landing, self._folder, self._converter, extract, known)
        except OSError as error:
            self.outcomes.append(unreadable(extract, error))
            return
        if doubt:
            self.outcomes.append(contested(extract, known, doubt))
        elif is_settled(stat):
            self._seen.append((extract.path + MANIFEST, stat, digest))

    def _live_of(self, extract: Extract) -> Collection[Entry]:
        """The files of an extract's table that count now."""
        return self._live.get(extract.table.raw_name, {}).values()

    def _sha256(self, extract: Extract) -> tuple[str, bool]:
        """The content's sha256, and whether the file's stat vouched for it."""
        stat, sha256 = self._stats.get(extract.path, (None, ""))
        return (
            (sha256, True)
            if stat == extract.stat
            else (sha256_of(bring(self._landing, extract)), False)
        )

    def _convert(self, extract: Extract, sha256: str, revision: int) -> Job | None:
        """The file converted, or None when it cannot be read now (and that is noted)."""
        try:
            manifest = manifest_digest(self._landing, extract)
        except OSError as error:
            self.outcomes.append(unreadable(extract, error))
            return None
        entry = refused_entry(
            extract, sha256, self._sequence, revision, manifest, self._as_of, self._run_id
        )
        built = self._folder.incoming / f"{entry.sequence}.parquet"
        built_bad = self._folder.incoming / f"{entry.sequence}.bad.parquet"
        built_deleted = self._folder.incoming / f"{entry.sequence}.deleted.parquet"
        constants = {
            "_file_id": quote(entry.file_id),
            "_arrival": f"{entry.sequence}::bigint",
            "_loaded_at": f"timestamp {quote(self._as_of.isoformat(sep=' '))}",
        }
        try:
            file = bring(self._landing, extract)
            converted = self._converter.convert(
                extract, file, entry.sha256, constants, built, built_bad
            )
        except ExtractChangedError:
            self.unsettled.append(extract.path)
            return None
        except ExtractError as error:
            converted = Converted(0, 0, 0, refusal=error.reason)
        except OSError as error:
            self.outcomes.append(unreadable(extract, error))
            return None
        self._sequence += 1
        killpoint("loader.after_write")
        if not converted.refusal:
            counts = converted.rows, converted.loaded, converted.null_counts, converted.attested
            converted = replace(
                converted, drift=converted.drift | self._history.doubts(extract.table, *counts)
            )
        if converted.refusal:
            entry = replace(
                entry,
                reason=f"{extract.path}: {converted.refusal}",
                rows_quarantined=converted.quarantined,
            )
        else:
            entry = replace(
                entry,
                status="loaded",
                raw_path=entry.file_name,
                rows_quarantined=converted.quarantined,
            )
        entry = replace(
            entry,
            rows_read=converted.rows,
            rows_loaded=converted.loaded,
            attested=int(converted.attested),
            control_totals=as_json(converted.control_totals),
            null_counts=as_json(converted.null_counts),
            drift=as_json(converted.drift),
        )
        return Job(extract, entry, built, built_bad, built_deleted, converted)

    def _judge(self, jobs: list[Job], live: list[Entry], is_incomplete: bool) -> list[Job]:
        """Snapshots only: hold one that is incomplete or shrank too much,
        enter one that came late as superseded at once."""
        table, day = jobs[0].extract.table, jobs[0].extract.business_date
        if table.load_mode != "snapshot":
            return jobs
        is_incomplete = is_incomplete or any(job.entry.status == "refused" for job in jobs)
        rows = {job.entry.path: job.converted.loaded for job in jobs}
        replaced = [entry for job in jobs for entry in job.superseded(live).values()]
        doubt = doubt_about_snapshot(table, day, rows, replaced, live, is_incomplete)
        late = iso(self._as_of) if day < snapshot_date(live) else None
        if not doubt and not late:
            return jobs
        judged = []
        for job in jobs:
            if job.entry.status == "loaded":
                reason = f"{job.extract.path}: {doubt}" if doubt else None
                changed = replace(
                    job.entry,
                    status="held" if doubt else "superseded",
                    reason=reason,
                    superseded_as_of=None if doubt else late,
                )
                job = replace(job, entry=changed)
            judged.append(job)
        return judged

    def _with_deleted(
        self, jobs: list[Job], superseded: list[Entry], live: list[Entry]
    ) -> list[Job]:
        """Snapshots whose absences are deletions:
        the first of the new files keeps the rows that none of them has any more.

        Where rows wait in quarantine any of the absent records may be one of those: they stay as
        they were until that is settled.
        """
        loaded = [job for job in jobs if job.entry.status == "loaded"]
        if not loaded or not superseded or not loaded[0].extract.table.absent_is_deleted:
            return jobs
        first, replaced = loaded[0], {entry.sequence for entry in superseded}
        before = [self._folder.at(path) for entry in superseded for path in entry.data_paths]
        stays = [entry for entry in live if entry.sequence not in replaced]
        now = [str(job.built) for job in loaded] + [
            self._folder.at(entry.raw_path) for entry in stays if entry.raw_path
        ]
        are_gone = not any(
            entry.rows_quarantined for entry in [*stays, *(job.entry for job in loaded)]
        )
        rows = write_tombstones(
            self._folder, first.extract.table, before, now, first.built_deleted, are_gone=are_gone
        )
        marked = replace(first, entry=replace(first.entry, rows_deleted=rows))
        return [marked if job is first else job for job in jobs]

    def _publish(self, job: Job) -> None:
        """Bad rows first, then the good ones; the ledger row comes after both."""
        if job.entry.rows_quarantined:
            self._folder.publish(job.built_bad, job.entry.quarantine_path)
        for built, path in zip((job.built, job.built_deleted), job.entry.data_paths, strict=False):
            self._folder.publish(built, path)

    def _is_held_already(self, entry: Entry) -> bool:
        """Of a content that is held on several days, the last one stands in the ledger."""
        known = self._contents.get((entry.source, entry.table_name, entry.sha256))
        if known is None or not entry.status == known.status == "held":
            return False
        return entry.reason == known.reason or entry.business_date < known.business_date

    def _remember(self, entry: Entry) -> None:
        self._contents[entry.source, entry.table_name, entry.sha256] = entry
        name = entry.raw_name, entry.path
        for counting, counts in (
            (self._live.setdefault(entry.raw_name, {}), entry.status == "loaded"),
            (
                self._bad.setdefault(name, {}),
                entry.status == "loaded" and bool(entry.rows_quarantined),
            ),
        ):
            counting.pop(entry.sequence, None)
            if counts:
                counting[entry.sequence] = entry
        if entry.status == "loaded":
            self._named[name] = entry
        elif name in self._named and self._named[name].sequence == entry.sequence:
            del self._named[name]

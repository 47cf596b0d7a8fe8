"""One load in progress: decides, converts and publishes file by file,
and keeps what the report will say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from ingestion.delivered_again import DeliveredAgain
from ingestion.entry import Entry
from ingestion.errors import ExtractChangedError, ExtractError
from ingestion.files import sha256_of
from ingestion.killpoint import killpoint
from ingestion.landing.manifests import manifest_digest
from ingestion.landing.scan import MANIFEST, Extract, bring, is_settled
from ingestion.ledger import Ledger
from ingestion.load.convert import Converted, Converter
from ingestion.load.days import Days
from ingestion.load.decide import Action, Seen, decide
from ingestion.load.doubts import History
from ingestion.load.job import Batch, Job, found_entry, published, refused_entry
from ingestion.load.known import Known
from ingestion.load.late_manifests import late_doubt
from ingestion.load.mended import mended
from ingestion.load.names import Names
from ingestion.load.report import FileOutcome, contested, known_outcome, outcome_of, unreadable
from ingestion.load.snapshots import judged, with_deleted
from ingestion.raw.raw_files import RawFolder
from ingestion.sql import quote
from ingestion.storage.protocol import Stat, Storage
from ingestion.times import iso


class LoadRun:
    """What grows while `load_all` runs: `outcomes`, `unchanged` (number of files), `returned`,
    `forgotten` and `unsettled` (paths), and `outdated`.

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
        self._known = Known(entries)
        self._sequence = ledger.next_sequence()
        again = DeliveredAgain(ledger.store)
        self._forgotten = again.forgotten()
        self._days = Days(again.newest(as_of), as_of)
        self._history = History(ledger, self._sequence)
        self._seen: list[tuple[str, Stat, str]] = []
        # contents that lie there under another name than the ledger's
        self._other_names: dict[tuple[str, str, str], Extract] = {}
        self.outcomes: list[FileOutcome] = []
        self.unchanged = 0
        self.returned: list[str] = []
        self.forgotten: list[str] = []
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
        names, again = self._names.take_changes(), self._days.new
        self._ledger.record([], [], self._seen, self._as_of, names=names, again=again)

    def _load_together(self, extracts: list[Extract]) -> None:
        """Load what is new among `extracts`, all of one table and day:
        their ledger rows come in one transaction."""
        first_sequence, noted = self._sequence, self._noted
        jobs = self._read_new(extracts)
        if not jobs:
            return
        batch = self._judge(jobs, noted)
        if not batch.recorded:
            self._sequence = first_sequence
        self._record(batch)

    @property
    def _noted(self) -> int:
        """How many files are told of: more by now means that one could not be used."""
        return len(self.outcomes) + len(self.unsettled)

    def _read_new(self, extracts: list[Extract]) -> dict[str, Job]:
        """What is new, by content."""
        jobs: dict[str, Job] = {}
        for extract in extracts:
            job = self._job(extract, jobs)
            self._landing.let_go()
            if job:
                jobs[job.entry.sha256] = job
        return jobs

    def _judge(self, jobs: dict[str, Job], noted: int) -> Batch:
        """What becomes of the files, and of those whose place they take."""
        first = next(iter(jobs.values())).extract
        table = first.table
        live = list(self._known.live(table)) if table.names_count else []
        if table.load_mode == "snapshot":
            self._take_over(jobs, live, first.business_date)
        looked_into = list(jobs.values())
        if table.load_mode == "snapshot":
            looked_into = judged(looked_into, live, self._noted > noted, self._as_of)
        recorded = [job for job in looked_into if not self._known.is_held_already(job.entry)]
        superseded: dict[int, Entry] = {}
        settled: list[Entry] = []
        for job in recorded:
            if job.entry.status == "loaded":
                displaced = self._names.hold(table, job.extract.path, job.entry.sha256)
                superseded |= job.superseded(live, displaced)
                bad = self._known.with_bad_rows(job.entry)
                settled += mended(self._folder, job, bad, self._as_of)
        recorded = with_deleted(self._folder, recorded, superseded.values(), live)
        return Batch(looked_into, recorded, list(superseded.values()), settled)

    def _record(self, batch: Batch) -> None:
        """Publish the files, then enter them: what is not in the ledger does not count."""
        digests: dict[str, str] = {}
        for job in batch.recorded:
            digests |= published(self._folder, job)
        killpoint("loader.before_ledger")
        self._ledger.record(
            batch.entries,
            batch.superseded,
            [look for look in batch.looked_at if is_settled(look[1])],
            self._as_of,
            batch.settled,
            self._names.take_changes(),
            digests,
        )
        killpoint("loader.after_ledger")
        self._known.enter(batch.settled)
        self._known.enter(
            replace(old, status="superseded", superseded_as_of=iso(self._as_of))
            for old in batch.superseded
        )
        self._known.enter(batch.entries)
        self.outcomes += [
            outcome_of(job.extract, job.entry, job.converted) for job in batch.looked_into
        ]

    def _held(self, extract: Extract) -> str | None:
        """The content that the extract's name holds, where names count."""
        table = extract.table
        if table.names_hold:
            return self._names.held(table, extract.path)
        named = self._known.named(table, extract.path) if table.names_count else None
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
            known = self._known.content(table.source, table.name, sha256)
            manifest = (
                manifest_digest(self._landing, extract)
                if known and known.status == "refused"
                else None
            )
        except OSError as error:
            self.outcomes.append(unreadable(extract, error))
            return None
        if ((table.source, table.name, sha256), extract.path) in self._forgotten:
            self.forgotten.append(extract.path)
            return None
        live, held = self._known.live(table), self._held(extract)
        decision = decide(
            Seen(table, extract.path, extract.business_date, known, live, manifest, held)
        )
        if decision.action is Action.LOAD and sha256 not in pending:
            return self._convert(extract, sha256, decision.revision)
        if decision.action is Action.SET_ASIDE and known:
            self.outcomes.append(known_outcome(extract, known))
        else:
            self._note_unchanged(extract, known)
        if not is_known and is_settled(extract.stat):
            self._seen.append((extract.path, extract.stat, sha256))
        return None

    def _note_unchanged(self, extract: Extract, known: Entry | None) -> None:
        if known and self._days.returns(extract, known, self._known, self._sequence - 1):
            self.returned.append(extract.path)
        else:
            self.unchanged += 1
        if known and known.status == "loaded":
            self._names.hold(extract.table, extract.path, known.sha256)
            if known.path != extract.path:
                self._other_names[known.source, known.table_name, known.sha256] = extract
            table = extract.table
            has_other_zone = table.time_zone and known.schema_hash != table.fingerprint
            if known.contract_version < table.version or has_other_zone:
                self.outdated[known.source, known.contract_version] += 1
            heard, _ = self._stats.get(extract.path + MANIFEST, (None, ""))
            if extract.manifest and extract.manifest != heard:
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

    def _sha256(self, extract: Extract) -> tuple[str, bool]:
        """The content's sha256, and whether the file's stat vouched for it."""
        stat, sha256 = self._stats.get(extract.path, (None, ""))
        if stat == extract.stat:
            return sha256, True
        return sha256_of(bring(self._landing, extract).file), False

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
            brought = bring(self._landing, extract)
            converted = self._converter.convert(
                extract, brought, entry.sha256, constants, built, built_bad
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
        found = found_entry(entry, converted)
        return Job(extract, found, built, built_bad, built_deleted, converted)

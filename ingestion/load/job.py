"""An extract on its way through one load: what the steps of `load_run.py` hand on to each other."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ingestion.entry import FILE_ID_DIGITS, Entry
from ingestion.landing.scan import MANIFEST, Extract
from ingestion.ledger import as_json
from ingestion.load.convert import Converted
from ingestion.load.decide import superseded_by
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.protocol import Stat
from ingestion.times import iso


@dataclass(frozen=True)
class Job:
    """The extract, its ledger row to be, the files built for it, and what was found in it."""

    extract: Extract
    entry: Entry
    built: Path
    built_bad: Path
    built_deleted: Path
    converted: Converted

    @property
    def looked_at(self) -> list[tuple[str, Stat, str]]:
        """The files that were read for it: path, stat and sha256."""
        manifest = self.extract.manifest, self.entry.manifest_sha256
        beside = (
            [(self.extract.path + MANIFEST, manifest[0], manifest[1])]
            if manifest[0] and manifest[1]
            else []
        )
        return [(self.extract.path, self.extract.stat, self.entry.sha256), *beside]

    def superseded(self, live: Collection[Entry], displaced: str | None = None) -> dict[int, Entry]:
        """Of the table's files that count now, those whose place this one takes, by sequence."""
        found = superseded_by(
            self.extract.table,
            self.extract.path,
            self.entry.sha256,
            self.extract.business_date,
            live,
            displaced,
        )
        return {entry.sequence: entry for entry in found}


@dataclass(frozen=True)
class Batch:
    """Files of one table and day (of a snapshot; else a single file) on their way into the ledger.

    `looked_into` are all that were read, `recorded` those that get a row, `superseded` the entries
    whose place they take, `settled` those whose quarantined rows they bring again.
    """

    looked_into: list[Job]
    recorded: list[Job]
    superseded: list[Entry]
    settled: list[Entry]

    @property
    def entries(self) -> list[Entry]:
        return [job.entry for job in self.recorded]

    @property
    def looked_at(self) -> list[tuple[str, Stat, str]]:
        return [look for job in self.looked_into for look in job.looked_at]


def refused_entry(
    extract: Extract,
    sha256: str,
    sequence: int,
    revision: int,
    manifest_sha256: str | None,
    as_of: datetime,
    run_id: str,
) -> Entry:
    """The ledger row of a file of which nothing is known yet but its content:
    refused, until it is shown to be good."""
    table = extract.table
    return Entry(
        sequence=sequence,
        file_id=sha256[:FILE_ID_DIGITS],
        sha256=sha256,
        source=table.source,
        table_name=table.name,
        path=extract.path,
        size=extract.stat.size,
        business_date=extract.business_date.isoformat(),
        as_of=iso(as_of),
        run_id=run_id,
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
        manifest_sha256=manifest_sha256,
        loaded_at=iso(as_of),
    )


def found_entry(entry: Entry, converted: Converted) -> Entry:
    """The ledger row of a file of which nothing was known, with what was found in it."""
    entry = replace(
        entry,
        rows_read=converted.rows,
        rows_loaded=converted.loaded,
        rows_quarantined=converted.quarantined,
        attested=int(converted.attested),
        control_totals=as_json(converted.control_totals),
        null_counts=as_json(converted.null_counts),
        drift=as_json(converted.drift),
    )
    if converted.refusal:
        return replace(entry, reason=f"{entry.path}: {converted.refusal}")
    return replace(entry, status="loaded", raw_path=entry.file_name)


def published(folder: RawFolder, job: Job) -> dict[str, str]:
    """Publish its files, bad rows first, then the good ones; the ledger row comes after both, with
    the digests that are returned."""
    digests: dict[str, str] = {}
    if job.entry.rows_quarantined:
        digests |= folder.publish(job.built_bad, job.entry.quarantine_path)
    for built, path in zip((job.built, job.built_deleted), job.entry.data_paths, strict=False):
        digests |= folder.publish(built, path)
    return digests

"""Snapshots: whether the files of one day are believed, and what they lack of the day before."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ingestion.entry import Entry
from ingestion.load.decide import doubt_about_snapshot, snapshot_date
from ingestion.load.job import Job
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.tombstones import write_tombstones
from ingestion.times import iso


def judged(
    jobs: list[Job], live: Collection[Entry], is_incomplete: bool, as_of: datetime
) -> list[Job]:
    """The files of one day, held when the snapshot is incomplete or shrank too much,
    superseded at once when it came late."""
    table, day = jobs[0].extract.table, jobs[0].extract.business_date
    is_incomplete = is_incomplete or any(job.entry.status == "refused" for job in jobs)
    rows = {job.entry.path: job.converted.loaded for job in jobs}
    replaced = [entry for job in jobs for entry in job.superseded(live).values()]
    doubt = doubt_about_snapshot(table, day, rows, replaced, live, is_incomplete)
    late = iso(as_of) if day < snapshot_date(live) else None
    if not doubt and not late:
        return jobs
    found = []
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
        found.append(job)
    return found


def with_deleted(
    folder: RawFolder, jobs: list[Job], superseded: Collection[Entry], live: Collection[Entry]
) -> list[Job]:
    """Where absences are deletions:
    the first of the new files keeps the rows that none of them has any more.

    Where rows wait in quarantine any of the absent records may be one of those: they stay as
    they were until that is settled.
    """
    loaded = [job for job in jobs if job.entry.status == "loaded"]
    if not loaded or not superseded or not loaded[0].extract.table.absent_is_deleted:
        return jobs
    first, replaced = loaded[0], {entry.sequence for entry in superseded}
    before = [folder.at(path) for entry in superseded for path in entry.data_paths]
    stays = [entry for entry in live if entry.sequence not in replaced]
    now = [str(job.built) for job in loaded] + [
        folder.at(entry.raw_path) for entry in stays if entry.raw_path
    ]
    are_gone = not any(entry.rows_quarantined for entry in [*stays, *(job.entry for job in loaded)])
    rows = write_tombstones(
        folder, first.extract.table, before, now, first.built_deleted, are_gone=are_gone
    )
    marked = replace(first, entry=replace(first.entry, rows_deleted=rows))
    return [marked if job is first else job for job in jobs]

"""Quarantined rows that a new file of the same name brings again: they wait for nobody any more."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ingestion.entry import Entry
from ingestion.load.job import Job
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.tombstones import brings_again
from ingestion.times import iso


def mended(folder: RawFolder, job: Job, bad: Iterable[Entry], as_of: datetime) -> list[Entry]:
    """Of the files `bad` of the new one's name those that it settles:
    it has all that they had, and is no shorter."""
    longest = [
        entry
        for entry in bad
        if not entry.settled_by and job.converted.rows >= (entry.rows_read or 0)
    ]
    table, built = job.extract.table, str(job.built)
    again = [
        entry
        for entry in longest
        if entry.raw_path and brings_again(folder, table, folder.at(entry.raw_path), built)
    ]
    by = f"delivered again: {job.entry.path}"
    return [replace(entry, settled_as_of=iso(as_of), settled_by=by) for entry in again]

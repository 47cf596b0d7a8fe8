"""An extract on its way through one load: what the steps of `load_run.py` hand on to each other."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ingestion.convert import Converted
from ingestion.decide import superseded_by
from ingestion.landing import Extract
from ingestion.ledger import Entry


@dataclass(frozen=True)
class Job:
    """The extract, its ledger row to be, the files built for it, and what was found in it."""

    extract: Extract
    entry: Entry
    built: Path
    built_bad: Path
    built_deleted: Path
    converted: Converted

    def superseded(self, live: Collection[Entry]) -> dict[int, Entry]:
        """Of the table's files that count now, those whose place this one takes, by sequence."""
        found = superseded_by(self.extract.table, self.extract.path, self.entry.sha256, self.extract.business_date, live)
        return {entry.sequence: entry for entry in found}

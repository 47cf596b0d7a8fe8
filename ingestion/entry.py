"""One entry of the ledger: an extract, what became of it, and where its files lie below raw/."""

from dataclasses import dataclass

from ingestion.errors import FAULT

FILE_ID_DIGITS = 32


@dataclass(frozen=True)
class Entry:
    """A row of `extract_files`."""

    sequence: int
    file_id: str
    sha256: str
    source: str
    table_name: str
    path: str
    size: int
    business_date: str
    as_of: str
    run_id: str
    rows_read: int | None
    rows_loaded: int | None
    rows_quarantined: int | None
    attested: int
    control_totals: str | None
    null_counts: str | None
    schema_hash: str
    drift: str | None
    contract_version: int
    revision: int
    raw_path: str | None
    status: str
    reason: str | None
    superseded_as_of: str | None
    manifest_sha256: str | None
    loaded_at: str
    arrival: int | None = None
    replaces: int | None = None
    rows_replayed: int = 0
    rows_deleted: int = 0
    settled_as_of: str | None = None
    settled_by: str | None = None

    @property
    def raw_name(self) -> str:
        """The table's name in schema raw."""
        return f"{self.source}_{self.table_name}"

    @property
    def content(self) -> tuple[str, str, str]:
        """What tells its content from every other: source, table name and sha256."""
        return self.source, self.table_name, self.sha256

    @property
    def is_fault(self) -> bool:
        """Whether it was refused for what may be mended in the loader by now."""
        return self.status == "refused" and FAULT in (self.reason or "")

    @property
    def file_name(self) -> str:
        """Below raw/ and each of its restricted folders."""
        return f"{self.source}/{self.table_name}/{self.file_id}.r{self.revision}.parquet"

    @property
    def quarantine_path(self) -> str:
        """Where its bad rows lie, below raw/."""
        return f"_quarantine/{self.file_name}"

    @property
    def corrections_path(self) -> str:
        """Where the rows that a person corrected lie, below raw/:
        they are applied again whenever the extract is."""
        return f"_corrections/{self.file_name}"

    @property
    def data_paths(self) -> list[str]:
        """What a generation reads of it, below raw/:
        its rows, and the rows of earlier snapshots that it lacks."""
        return [
            path
            for path in (self.raw_path, f"_deleted/{self.file_name}" if self.rows_deleted else None)
            if path
        ]

    @property
    def paths(self) -> list[str]:
        """All that lies of it below raw/."""
        beside = [self.quarantine_path] if self.rows_quarantined else []
        beside += [self.corrections_path] if self.rows_replayed else []
        return [*self.data_paths, *beside]

    def paths_read(self, moment: str) -> list[str]:
        """What a night at `moment` reads of it below raw/: where its quarantined rows wait,
        these, too."""
        return [*self.data_paths, *([self.quarantine_path] if self.waits(moment) else [])]

    def waits(self, moment: str) -> bool:
        """Whether its quarantined rows wait for somebody at `moment`."""
        return bool(self.rows_quarantined) and (
            self.settled_as_of is None or self.settled_as_of > moment
        )

"""Revisions between two nights: rows mended and replayed, extracts read again."""

from datetime import datetime
from pathlib import Path
from typing import Any

from extract_texts import spend

from ingestion.ledger import Ledger
from ingestion.quarantine.bad_rows import (
    quarantine_files,
    quarantined_rows,
    waiting_entries,
)
from ingestion.quarantine.replay import ReplayReport, export_rows, replay, waiting_file
from ingestion.raw.reload import ReloadReport, reload_source

EVER = datetime(2030, 1, 1)
BAD = spend(1, 2) + "2024-05-01,spring,x,1.00\n2024-05-01,autumn,7,1.239\n"


def export(zone: Any) -> Path:
    [entry] = waiting_entries(zone.store)
    return export_rows(
        zone.raw_folder,
        waiting_file(zone.store, entry.file_id[:8]),
        zone.contracts,
        zone.home / "mend",
    )


def replay_as(zone: Any, *changes: tuple[str, str]) -> ReplayReport:
    file = export(zone)
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return replay(zone.raw_folder, zone.store, zone.contracts, file, run_id="replay")


def reload_shop(zone: Any) -> ReloadReport:
    return reload_source(
        zone.landing_storage, zone.raw_folder, zone.store, zone.contracts, "shop", run_id="reload"
    )


def raise_version(zone: Any, *changes: tuple[str, str]) -> None:
    contract = zone.sources / "shop.yml"
    text = contract.read_text().replace("version: 1", "version: 2", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    contract.write_text(text)


def conserved(zone: Any, as_of: datetime) -> tuple[int, int, int]:
    """Rows loaded, replayed and quarantined of the live spend file, which are all it has."""
    [entry] = [e for e in Ledger(zone.store).live_entries(as_of) if e.table_name == "spend"]
    assert entry.rows_read == (entry.rows_loaded or 0) + entry.rows_replayed + (
        entry.rows_quarantined or 0
    )
    lines = [n for (n,) in zone.rows("spend", "_line_number", as_of)]
    lines += [
        row["line_number"]
        for row in quarantined_rows(zone.raw_folder, quarantine_files(zone.store, as_of))
    ]
    assert sorted(lines) == list(range(2, (entry.rows_read or 0) + 2))
    return entry.rows_loaded or 0, entry.rows_replayed, entry.rows_quarantined or 0

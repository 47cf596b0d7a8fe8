"""The load: landing zone → raw.

Every content counts once, for ever; nothing half done is ever visible; order is by business date.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from ingestion.contracts.contract import SourceContract
from ingestion.landing.scan import scan_landing
from ingestion.ledger import Ledger, Store
from ingestion.load.convert import Converter
from ingestion.load.load_run import LoadRun
from ingestion.load.report import LoadReport
from ingestion.quarantine.bad_rows import quarantine_files, waiting_counts
from ingestion.raw.former_types import check_former_types
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.reconcile import check_files, set_leftovers_aside
from ingestion.storage.protocol import Storage
from ingestion.times import iso

__all__ = ["LoadReport", "load", "raw_files"]


def load(
    landing: Storage,
    raw: RawFolder,
    store: Store,
    contracts: Mapping[str, SourceContract],
    enabled_sources: Collection[str],
    *,
    as_of: datetime,
    as_of_date: date,
    run_id: str,
    progress: Callable[[str], None] = lambda line: None,
) -> LoadReport:
    """Load what is new in the landing zone, up to the business date `as_of_date`.

    `as_of` (naive UTC) becomes `_loaded_at`. A run as of an earlier moment than the ledger's newest
    is a rebuild and loads nothing. A file that cannot be used never raises, it is in the report.
    Errors: `LandingZoneError` when the landing zone is missing, `LedgerError` when raw/ lost a file
    that the ledger names, has one that is not as it was written, or belongs to another home,
    `ContractError` when a column got a type that its rows in raw cannot have.
    """
    ledger = Ledger(store)
    newest = ledger.newest_as_of()
    if newest is not None and iso(as_of) < newest:
        read = ledger.live_entries(as_of)
        check_files(raw, ledger, raw.listed(), ledger.entries(), read, as_of)
        in_quarantine = waiting_counts(raw, quarantine_files(store, as_of))
        return LoadReport(iso(as_of), run_id, is_rebuild=True, in_quarantine=in_quarantine)
    taken_up = ledger.take_up(enabled_sources, as_of, run_id)
    landing.let_go()
    raw.prepare(ledger.owner())
    entries = ledger.entries()
    present = raw.listed()
    live = [entry for entry in entries if entry.status == "loaded"]
    check_files(raw, ledger, present, entries, live, as_of)
    leftovers = set_leftovers_aside(raw, entries, present, as_of_date, run_id)
    if leftovers:
        progress(f"raw: {len(leftovers)} files that the ledger does not name set aside")
    check_former_types(raw, live, contracts)
    found = scan_landing(landing, contracts, enabled_sources)
    due = [extract for extract in found.extracts if extract.business_date <= as_of_date]
    connection = raw.connect()
    try:
        run = LoadRun(ledger, entries, landing, raw, Converter(connection), as_of, run_id)
        run.load_all(due, progress)
    finally:
        connection.close()
        landing.let_go()
    named = {path for entry in ledger.entries() for path in entry.paths} if leftovers else set()
    return LoadReport(
        as_of=iso(as_of),
        run_id=run_id,
        outcomes=tuple(run.outcomes),
        unchanged=run.unchanged,
        waiting=tuple(
            extract.path for extract in found.extracts if extract.business_date > as_of_date
        ),
        switched_off=found.switched_off,
        unsettled=tuple(run.unsettled),
        unknown=found.unknown,
        leftovers=tuple(leftovers.values()),
        missed=tuple(target for path, target in leftovers.items() if path not in named),
        taken_up=taken_up,
        outdated=tuple(
            (source, version, files) for (source, version), files in sorted(run.outdated.items())
        ),
        in_quarantine=waiting_counts(raw, quarantine_files(store, as_of)),
    )


def raw_files(store: Store, as_of: datetime) -> dict[str, list[str]]:
    """What a generation at `as_of` reads: raw table name → paths below raw/,
    in order of arrival."""
    files: dict[str, list[str]] = {}
    for entry in Ledger(store).live_entries(as_of):
        if entry.raw_path:
            files.setdefault(entry.raw_name, []).extend(entry.data_paths)
    return files

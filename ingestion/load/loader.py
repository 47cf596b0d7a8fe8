"""The load: landing zone → raw.

Every content counts once, for ever; nothing half done is ever visible; order is by business date.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from ingestion.contracts.contract import SourceContract
from ingestion.delivered_again import DeliveredAgain
from ingestion.delivery_order import Ranks, ranks_of
from ingestion.entry import Entry
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

__all__ = ["LoadReport", "load", "raw_files", "raw_ranks"]


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
    latest_day: date = date.max,
    progress: Callable[[str], None] = lambda line: None,
) -> LoadReport:
    """Load what is new in the landing zone, up to the business date `as_of_date`.

    `as_of` (naive UTC) becomes `_loaded_at`. A run as of an earlier moment than the ledger's newest
    is a rebuild and loads nothing. A file of a day after `latest_day` is not read. A file that
    cannot be used never raises, it is in the report.
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
    found = scan_landing(landing, contracts, enabled_sources, latest_day)
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
        returned=tuple(run.returned),
        forgotten=tuple(run.forgotten),
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
    return {
        table: [path for entry in entries for path in entry.data_paths]
        for table, entries in _by_table(store, as_of).items()
    }


def raw_ranks(store: Store, as_of: datetime) -> dict[str, Ranks]:
    """The raw tables whose files arrived in another order than they count."""
    again = DeliveredAgain(store).newest(as_of)
    ranks = {table: ranks_of(entries, again) for table, entries in _by_table(store, as_of).items()}
    return {table: found for table, found in ranks.items() if found}


def _by_table(store: Store, as_of: datetime) -> dict[str, list[Entry]]:
    tables: dict[str, list[Entry]] = {}
    for entry in Ledger(store).live_entries(as_of):
        if entry.raw_path:
            tables.setdefault(entry.raw_name, []).append(entry)
    return tables

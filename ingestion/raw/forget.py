"""A loaded file taken back: from the next night on it counts as if it had never come.

Nothing of it is removed: nights that read it can be built again. What it took the place of counts
again.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingestion.contracts.contract import SourceContract, TableContract
from ingestion.delivered_again import PREPARED_AS_OF, DeliveredAgain
from ingestion.delivery_order import Again
from ingestion.entry import Entry
from ingestion.errors import IngestionError
from ingestion.killpoint import killpoint
from ingestion.ledger import Ledger
from ingestion.raw.raw_files import RawFolder


class ForgetError(IngestionError):
    """A file that cannot be taken back; the message says why, and what to do."""


@dataclass(frozen=True)
class Plan:
    """What taking back a file means: `entry` is its content's. Either the content itself goes, and
    `back` counts again in its place, or only a later delivery of it, `again`, goes."""

    entry: Entry
    table: TableContract
    back: tuple[Entry, ...] = ()
    again: Again | None = None


def plan_forget(ledger: Ledger, contracts: Mapping[str, SourceContract], path: str) -> Plan:
    """What would happen. `path` is below the landing zone. Errors: `ForgetError`."""
    entry = next(iter(ledger.entries("status = 'loaded' and path = ?", [path])[::-1]), None)
    if entry is None:
        for again in DeliveredAgain(ledger.store).named(path):
            [*_, entry] = ledger.entries(
                "source = ? and table_name = ? and sha256 = ?", again.content
            )
            return Plan(entry, _table(contracts, entry), again=again)
        if any(known == path for _, known in DeliveredAgain(ledger.store).forgotten()):
            raise ForgetError(f"{path}: was taken back already; nights from then on lack it")
        raise ForgetError(
            f"{path}: no file of this name was loaded, or another one took its place; name it by"
            " its path below the landing zone, e.g. shopify/orders-2026-06-30.jsonl"
        )
    table = _table(contracts, entry)
    return Plan(entry, table, _displaced(ledger, table, entry))


def _table(contracts: Mapping[str, SourceContract], entry: Entry) -> TableContract:
    source = contracts.get(entry.source)
    table = source.tables.get(entry.table_name) if source else None
    if table is None:
        raise ForgetError(f"{entry.path}: no contract has its table {entry.raw_name} any more")
    return table


def _displaced(ledger: Ledger, table: TableContract, entry: Entry) -> tuple[Entry, ...]:
    """What counted until this file came: of its name, or the snapshot before it."""
    if not table.names_count:
        return ()
    of_its_night = ledger.entries(
        "source = ? and table_name = ? and superseded_as_of = ? and status = 'superseded'",
        [entry.source, entry.table_name, entry.as_of],
    )
    if table.names_hold:
        return tuple(old for old in of_its_night if old.path == entry.path)
    parts = ledger.entries(
        "source = ? and table_name = ? and status = 'loaded'", [entry.source, entry.table_name]
    )
    if len(parts) > 1:
        raise ForgetError(
            f"{entry.path}: is one of {len(parts)} parts of a snapshot, which count together;"
            " deliver the right one under its name"
        )
    return tuple(of_its_night)


def forget(ledger: Ledger, folder: RawFolder, plan: Plan, run_id: str) -> None:
    """Take the file back from the next night on. Whoever calls it holds the lease.

    Killed half way, nothing has changed: copies that no ledger row names are set aside by the next
    night.
    """
    if plan.again:
        DeliveredAgain(ledger.store).forget(plan.again)
        return
    folder.prepare(ledger.owner())
    digests: dict[str, str] = {}
    returning = []
    for number, old in enumerate(plan.back):
        entry = replace(
            old,
            sequence=ledger.next_sequence() + number,
            revision=ledger.next_revision(old),
            arrival=old.arrival or old.sequence,
            replaces=None,
            status="prepared",
            as_of=PREPARED_AS_OF,
            superseded_as_of=None,
            run_id=run_id,
        )
        entry = replace(entry, raw_path=entry.file_name)
        for kept, path in zip(old.paths, entry.paths, strict=True):
            copy = folder.incoming / f"forget.{number}.parquet"
            shutil.copyfile(folder.bring(kept), copy)
            digests |= folder.publish(copy, path)
        returning.append(entry)
    killpoint("forget.before_ledger")
    ledger.forget(plan.entry, returning, plan.table.names_hold, digests)
    killpoint("forget.after_ledger")

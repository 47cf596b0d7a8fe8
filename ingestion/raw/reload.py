"""The kept extracts of a source read again: after a change of contract, each into the next revision
of its raw file; after damage to a raw file, into that file."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ingestion.contracts.contract import SourceContract, TableContract
from ingestion.entry import Entry
from ingestion.errors import ContractError, ExtractError
from ingestion.files import sha256_of
from ingestion.landing.scan import Extract, bring, scan_landing
from ingestion.ledger import Ledger, Store, as_json
from ingestion.load.convert import Converter
from ingestion.quarantine.bad_rows import PARQUET
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.reconcile import damaged
from ingestion.raw.revisions import Revisions
from ingestion.sql import parquet, quote
from ingestion.storage.protocol import Storage


@dataclass(frozen=True)
class ReloadReport:
    """Files of a source: `read_again` by table, of which `restored` are as they were before they
    were damaged; `kept` are lines that say which stay as they were, and why."""

    read_again: Mapping[str, int]
    restored: int
    unchanged: int
    kept: tuple[str, ...]


def reload_source(
    landing: Storage,
    raw: RawFolder,
    store: Store,
    contracts: Mapping[str, SourceContract],
    source: str,
    *,
    run_id: str,
    progress: Callable[[str], None] = lambda line: None,
) -> ReloadReport:
    """Make the next revision of every file of `source` that an earlier contract shaped, and make
    again those that are gone or not as they were written.

    The next night takes revisions up, all at once. Killed half way, it goes on where it stopped
    when it is called again. Errors: `ContractError` when there is no such source.
    """
    if source not in contracts:
        raise ContractError(f"{source}: no such source; sources are {', '.join(contracts)}")
    ledger = Ledger(store)
    landing.let_go()
    revisions = Revisions(ledger, raw, run_id)
    try:
        tables = contracts[source].tables
        entries = ledger.entries("source = ? and raw_path is not null", [source])
        paths = [path for entry in entries for path in entry.paths]
        hurt = set(damaged(raw, ledger, raw.listed(), paths))
        found = [entry for entry in ledger.newest_revisions() if entry.source == source]
        stale = {
            e.sequence
            for e in found
            if e.table_name in tables and e.schema_hash != tables[e.table_name].fingerprint
        }
        due = [e for e in entries if e.sequence in stale or hurt.intersection(e.paths)]
        extracts = _by_content(landing, ledger, contracts, source) if due else {}
        converter = Converter(revisions.connection)
        read_again: dict[str, int] = {}
        restored = 0
        kept = [
            f"{e.path}: its table {e.table_name} is not in the contract any more"
            for e in found
            if e.table_name not in tables
        ]
        for done, entry in enumerate(due, 1):
            extract = extracts.get((entry.table_name, entry.sha256))
            lost = hurt.intersection(entry.paths)
            refusal = (
                _beyond_extracts(entry, lost)
                or _read_again(revisions, converter, landing, entry, extract, lost)
                if extract
                else "no longer in the landing zone"
            )
            if refusal and lost:
                kept.append(f"{raw.at(min(lost))}: {refusal}; restore it from the backup")
            elif refusal:
                kept.append(
                    f"{entry.path}: stays revision {entry.revision}"
                    f" (contract version {entry.contract_version}): {refusal}"
                )
            else:
                read_again[entry.table_name] = read_again.get(entry.table_name, 0) + 1
                restored += entry.sequence not in stale
            if done * 10 // len(due) > (done - 1) * 10 // len(due):
                progress(f"reload: {done} of {len(due)} files looked at")
        unchanged = len({entry.sequence for entry in found} - {entry.sequence for entry in due})
        return ReloadReport(read_again, restored, unchanged, tuple(kept))
    finally:
        revisions.close()


def _by_content(
    landing: Storage, ledger: Ledger, contracts: Mapping[str, SourceContract], source: str
) -> dict[tuple[str, str], Extract]:
    known = ledger.known_stats()
    extracts = {}
    for extract in scan_landing(landing, contracts, {source}).extracts:
        stat, sha256 = known.get(extract.path, (None, ""))
        extracts[
            extract.table.name,
            sha256 if stat == extract.stat else sha256_of(bring(landing, extract).file),
        ] = extract
        landing.let_go()
    return extracts


def _beyond_extracts(entry: Entry, lost: Collection[str]) -> str | None:
    """Why damaged files of an entry cannot be made again from its extract, if they cannot."""
    if set(lost) - {entry.raw_path, entry.quarantine_path}:
        return "what it held is in no extract of its own"
    return None


def _read_again(
    revisions: Revisions,
    converter: Converter,
    landing: Storage,
    old: Entry,
    extract: Extract,
    lost: Collection[str],
) -> str | None:
    """Make a file's next revision, or the file itself where it is one of `lost` and its contract
    is the same; why not, when its content does not fit the contract."""
    table, arrival = extract.table, old.arrival or old.sequence
    good, bad, rows, left, corrected = (
        revisions.place(label) for label in ("good", "bad", "rows", "left", "corrected")
    )
    constants = {
        "_file_id": quote(old.file_id),
        "_arrival": f"{arrival}::bigint",
        "_loaded_at": f"timestamp {quote(old.loaded_at.replace('T', ' ').rstrip('Z'))}",
    }
    try:
        converted = converter.convert(
            extract, bring(landing, extract), old.sha256, constants, good, bad
        )
    except ExtractError as error:
        return error.reason
    finally:
        landing.let_go()
    if converted.refusal:
        return converted.refusal
    replayed = 0
    if converted.quarantined and old.rows_replayed:
        replayed = _keep_corrections(revisions, table, old, good, bad, rows, left, corrected)
        good, bad = rows, left
    changed = replace(
        old,
        path=extract.path,
        rows_read=converted.rows,
        rows_loaded=converted.loaded,
        rows_quarantined=converted.quarantined - replayed,
        rows_replayed=replayed,
        attested=int(converted.attested),
        null_counts=as_json(converted.null_counts),
        drift=as_json(converted.drift),
        schema_hash=table.fingerprint,
        contract_version=table.version,
        manifest_sha256=converted.manifest_sha256,
    )
    if lost and changed.schema_hash == old.schema_hash:
        if _counts(changed) != _counts(old):
            return "its extract is read otherwise by now"
        revisions.restore(old, good, bad, corrected)
        return None
    if lost and old.status == "superseded":
        return "an earlier version of its contract shaped it"
    is_settled = old.settled_by and old.quarantine_path not in lost
    if changed.rows_quarantined and not (is_settled and _were_bad(revisions, old, bad)):
        changed = replace(changed, settled_as_of=None, settled_by=None)
    revisions.commit(old, changed, table, good, bad, corrected)
    return None


def _counts(entry: Entry) -> tuple[int | None, ...]:
    return entry.rows_read, entry.rows_loaded, entry.rows_quarantined, entry.rows_replayed


def _were_bad(revisions: Revisions, old: Entry, bad: Path) -> bool:
    """Whether all rows that are bad now were bad before: somebody has settled those."""
    if not old.rows_quarantined:
        return False
    known = parquet(revisions.folder.at(old.quarantine_path))
    return not revisions.count(
        f"{parquet(bad)} where line_number not in (select line_number from {known})"
    )


def _keep_corrections(
    revisions: Revisions,
    table: TableContract,
    old: Entry,
    good: Path,
    bad: Path,
    rows: Path,
    left: Path,
    corrected: Path,
) -> int:
    """What a person corrected stays corrected where the extract's own row is still bad:
    `rows`, `left` and `corrected` are written."""
    bad_lines = f"(select line_number from {parquet(bad)})"
    corrections = parquet(revisions.folder.at(old.corrections_path))
    replayed = revisions.write(
        table, [f"from {corrections} where _line_number in {bad_lines}"], corrected
    )
    revisions.write(table, [f"from {parquet(good)}", f"from {parquet(corrected)}"], rows)
    still_bad = (
        f"from {parquet(bad)} where line_number not in (select _line_number"
        f" from {parquet(corrected)}) order by line_number"
    )
    revisions.connection.execute(f"copy ({still_bad}) to {quote(str(left))} {PARQUET}")
    return replayed

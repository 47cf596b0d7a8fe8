"""Mending quarantined rows: written out in the extract's own format, corrected by a person,
loaded in their places."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ingestion.contracts.contract import SourceContract, TableContract
from ingestion.entry import Entry
from ingestion.errors import LedgerError, QuarantineError
from ingestion.files import sha256_of
from ingestion.landing.scan import Brought, Extract
from ingestion.ledger import Ledger, Store
from ingestion.load.convert import Converter
from ingestion.quarantine.bad_rows import PARQUET, quarantined_rows
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.reconcile import check_entry
from ingestion.raw.revisions import Revisions
from ingestion.sql import parquet, quote
from ingestion.storage.protocol import Stat

_NAME = re.compile(
    r"[a-z0-9_]+\.[a-z0-9_]+\.(?P<file_id>[0-9a-f]{32})\.r(?P<revision>\d+)\.(jsonl|csv)"
)


@dataclass(frozen=True)
class ReplayReport:
    """Rows of one file: `replayed` now, `left` in quarantine, of `read` in all."""

    path: str
    replayed: int
    left: int
    read: int


def waiting_file(store: Store, file_id: str) -> Entry:
    """The file whose quarantined rows are meant.

    Errors: `QuarantineError` for an id that is no beginning of exactly one.
    """
    ledger = Ledger(store)
    refused = [
        entry
        for entry in ledger.entries("status in ('refused', 'held')")
        if entry.file_id.startswith(file_id)
    ]
    found = [
        entry
        for entry in ledger.newest_revisions()
        if entry.file_id.startswith(file_id) and entry.rows_quarantined
    ]
    if not found and refused:
        raise QuarantineError(
            f"{refused[0].path}: was set aside whole, none of its rows is loaded;"
            " mend the file and deliver it again"
        )
    if len(found) != 1:
        raise QuarantineError(
            f"{file_id}: {len(found)} files in quarantine begin like this;"
            " `clientele quarantine` lists them"
        )
    return found[0]


def export_rows(
    raw: RawFolder, entry: Entry, contracts: Mapping[str, SourceContract], folder: Path
) -> Path:
    """Write a file's quarantined rows, whole, where only their owner reads them:
    one after the other, to be corrected in place."""
    table = _table(contracts, entry)
    rows = quarantined_rows(raw, [entry.quarantine_path], masked=False)
    lines = [str(row["raw_row"]) for row in rows]
    if table.format == "csv":
        lines.insert(0, str(rows[0]["header"]))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kind = "csv" if table.format == "csv" else "jsonl"  # a Parquet row is shown as JSON
    target = folder / f"{entry.source}.{entry.table_name}.{entry.file_id}.r{entry.revision}.{kind}"
    if target.exists():
        raise QuarantineError(
            f"{target}: was exported already; correct it and replay it,"
            " or remove it to export the rows again as they came"
        )
    target.touch(mode=0o600)
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return target


def replay(
    raw: RawFolder,
    store: Store,
    contracts: Mapping[str, SourceContract],
    corrected: Path,
    *,
    run_id: str,
) -> ReplayReport:
    """Load the corrected rows into the places of the bad ones.

    A row that is still bad stays in quarantine, as it was corrected. The next night takes
    the result up. Errors: `QuarantineError` when the file is not what was exported, `ExtractError`
    when it cannot be read at all, `LedgerError` when its rows in raw are not as they were written.
    """
    named = _NAME.fullmatch(corrected.name)
    if named is None:
        raise QuarantineError(
            f"{corrected.name}: not the name of an export;"
            " keep the name that `clientele quarantine export` gave it"
        )
    if not corrected.is_file():
        raise QuarantineError(
            f"{corrected}: no such file;"
            f" `clientele quarantine export {named['file_id'][:8]}` writes it"
        )
    old = waiting_file(store, named["file_id"])
    if old.revision != int(named["revision"]):
        raise QuarantineError(
            f"{corrected.name}: this file was mended or read again since; export it again"
        )
    revisions = Revisions(Ledger(store), raw, run_id)
    try:
        check_entry(raw, revisions.ledger, old)
        return _replay(revisions, old, _table(contracts, old), corrected)
    finally:
        revisions.close()


def _replay(
    revisions: Revisions, old: Entry, contract: TableContract, corrected: Path
) -> ReplayReport:
    good, bad, accepted, rows, left, corrections = (
        revisions.place(label)
        for label in ("good", "bad", "accepted", "rows", "left", "corrections")
    )
    stat, sha256 = corrected.stat(), sha256_of(corrected)
    extract = Extract(
        old.path,
        _as_exported(contract),
        date.fromisoformat(old.business_date),
        Stat(stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns),
    )
    constants = {
        "_file_id": quote(old.file_id),
        "_arrival": f"{old.arrival or old.sequence}::bigint",
        "_loaded_at": f"timestamp {quote(old.loaded_at.replace('T', ' ').rstrip('Z'))}",
    }
    converted = Converter(revisions.connection).convert(
        extract, Brought(corrected, corrected.suffix), sha256, constants, good, bad
    )
    if converted.rows != old.rows_quarantined:
        raise QuarantineError(
            f"{corrected.name}: has {converted.rows} rows, {old.rows_quarantined} were exported; "
            "correct rows in place, leave those you cannot mend as they are"
        )
    if converted.refusal:
        raise QuarantineError(
            f"{corrected.name}: nothing is mended yet: {converted.refusal.split(': ', 1)[-1]}"
        )
    _give_lines(
        revisions, old, good if converted.loaded else None, bad if converted.quarantined else None
    )
    mapped = (
        f"select rows.* replace (lines.line_number as _line_number) from {parquet(good)} as rows"
    )
    revisions.write(
        contract, [f"{mapped} join lines on lines.corrected_line = rows._line_number"], accepted
    )
    raw, new = revisions.folder, f"from {parquet(accepted)}"
    revisions.write(contract, [f"from {parquet(raw.at(str(old.raw_path)))}", new], rows)
    earlier = [f"from {parquet(raw.at(old.corrections_path))}"] if old.rows_replayed else []
    replayed = revisions.write(contract, [*earlier, new], corrections)
    if converted.quarantined:
        placed = (
            f"rows.* replace (lines.line_number as line_number, {quote(old.file_id)} as file_id)"
        )
        joined = f"{parquet(bad)} as rows join lines on lines.corrected_line = rows.line_number"
        revisions.connection.execute(
            f"copy (select {placed} from {joined} order by line_number)"
            f" to {quote(str(left))} {PARQUET}"
        )
    changed = replace(old, rows_quarantined=converted.quarantined, rows_replayed=replayed)
    revisions.commit(old, changed, contract, rows, left, corrections)
    return ReplayReport(old.path, converted.loaded, converted.quarantined, old.rows_read or 0)


def _give_lines(revisions: Revisions, old: Entry, good: Path | None, bad: Path | None) -> None:
    """Make table `lines`: the n-th record of the corrected file stands for the n-th quarantined
    row of the extract."""
    found = [f"select _line_number as line from {parquet(good)}"] if good else []
    found += [f"select line_number as line from {parquet(bad)}"] if bad else []
    quarantined = parquet(revisions.folder.at(old.quarantine_path))
    revisions.connection.execute(
        f"create or replace temp table lines as\n"
        f"select was.line_number, now.line as corrected_line\n"
        "from (select line_number, row_number() over (order by line_number) as n"
        f" from {quarantined}) as was\n"
        "join (select line, row_number() over (order by line) as n"
        f" from ({' union all '.join(found)})) as now using (n)"
    )


def _as_exported(table: TableContract) -> TableContract:
    """The contract of a corrected file: any number of its rows may still be bad,
    and a Parquet row has become JSON."""
    if table.format != "parquet":
        return replace(table, quarantine_limit=1.0)
    columns = tuple(replace(column, path=(column.header,)) for column in table.columns)
    return replace(table, quarantine_limit=1.0, format="jsonl", columns=columns)


def _table(contracts: Mapping[str, SourceContract], entry: Entry) -> TableContract:
    source = contracts.get(entry.source)
    if source is None or entry.table_name not in source.tables:
        raise LedgerError(
            f"{entry.path}: no contract has table {entry.table_name} of {entry.source} any more;"
            " bring it back to mend its rows"
        )
    return source.tables[entry.table_name]

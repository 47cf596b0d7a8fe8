"""Inputs of topic `reality` from a till that no sample has, loaded by the call that a night makes:
Parquet as other programs write it, and CSV."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contracts.accounts import accounts_of, contracts_of
from ingestion.contracts.reading import load_contracts
from ingestion.entry import Entry
from ingestion.ledger import Ledger
from ingestion.load.loader import load
from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.open import open_landing, open_storage
from orchestration.control.store import ControlStore

LATER = datetime(2030, 1, 1)
# Two tills: one says in which zone its clock goes.
TILLS = {"till": "", "kiosk": "time_zone: Europe/Zurich\n"}
TABLE = """
  {name}:
    description: One row per row.
    files: {till}/{name}-*.{end}
    format: {form}
    load_mode: append
    key: [id]
    quarantine_limit: 1.0
{more}    columns:
      - {{name: id, type: integer, required: true, description: Id.}}
      - {{name: email, type: text, pii: email, optional: true, description: Address.}}
      - {{name: city, type: text, optional: true, description: City.}}
      - {{name: amount, type: "decimal(18,3)", optional: true, description: Amount.}}
      - {{name: items, type: json, optional: true, description: Items.}}
      - {{name: day, type: date, optional: true, description: Day.}}
      - {{name: updated_at, type: timestamp, optional: true, description: Time.}}
"""
TABLES = (
    ("cards", "parquet", "parquet", ""),
    ("slips", "csv", "csv", ""),
    ("lists", "csv", "csv", '    delimiter: ";"\n'),
    ("notes", "jsonl", "jsonl", ""),
)


@dataclass(frozen=True)
class TillInput:
    """`column` of the rows is looked at; `rows` by id, None where the row waits; `refused`: the
    file does, for a reason that holds these words."""

    kind: str
    name: str
    table: str
    content: bytes
    column: str = "id"
    rows: tuple[Any, ...] = ()
    refused: tuple[str, ...] = ()


def _parquet(columns: Sequence[tuple[str, Any]], **how: Any) -> bytes:
    out = io.BytesIO()
    names = ["id", *(name for name, _ in columns)]
    arrays = [pa.array([1, 2]), *(array for _, array in columns)]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), out, **how)
    return out.getvalue()


MOMENT = datetime(2026, 6, 30, 22)
MOMENTS = [MOMENT, MOMENT]
BYTES = "Parquet text without its mark"
NAIVE = "Parquet time without a zone"
TWICE = "column twice"


def inputs() -> Iterator[TillInput]:
    yield from _bytes()
    yield from _times()
    yield from _names_twice()
    yield from _lines()


def _bytes() -> Iterator[TillInput]:
    mails = [b"zo\xc3\xab@example.com", b"plain@example.com"]
    read = ("zoë@example.com", "plain@example.com")

    def case(name: str, column: str, array: Any, rows: tuple[Any, ...], **how: Any) -> TillInput:
        return TillInput(
            BYTES, name, "till/cards", _parquet([(column, array)], **how), column, rows
        )

    yield case("an address", "email", pa.array(mails, pa.binary()), read)
    yield case(
        "a city", "city", pa.array(["Köln".encode(), b"Bonn"], pa.binary()), ("Köln", "Bonn")
    )
    yield case("large binary", "email", pa.array(mails, pa.large_binary()), read)
    dictionary = pa.array(mails, pa.binary()).dictionary_encode()
    yield case("a dictionary", "email", dictionary, read)
    yield case(
        "of a fixed length",
        "city",
        pa.array([b"K\xc3\xb6ln", b"Bonn "], pa.binary(5)),
        ("Köln", "Bonn "),
    )
    yield case("latin-1", "city", pa.array([b"K\xf6ln", b"Bonn"], pa.binary()), (None, "Bonn"))
    lists = pa.array(['["Köln"]'.encode(), b"[1]"], pa.binary())
    yield case("a list of items", "items", lists, ('["Köln"]', "[1]"))
    amounts = pa.array([b"1.50", b"1,50"], pa.binary())
    yield case("amounts", "amount", amounts, ("1.500", None))
    days = pa.array([b"2026-06-30", b"30.06.2026"], pa.binary())
    yield case("days", "day", days, ("2026-06-30", None))
    yield case("packed with zstd", "email", pa.array(mails, pa.binary()), read, compression="zstd")
    text = pa.array(["[{'id': 1}]", '[{"id": 1}]'])
    yield case("a list as Python writes it", "items", text, (None, '[{"id": 1}]'))


def _times() -> Iterator[TillInput]:
    def case(name: str, array: Any, table: str, rows: tuple[Any, ...], **how: Any) -> TillInput:
        remedy = () if rows else ("times without a zone", "`time_zone:`")
        content = _parquet([("updated_at", array)], **how)
        return TillInput(NAIVE, name, table, content, "updated_at", rows, remedy)

    utc, zurich = "2026-06-30 22:00:00", "2026-06-30 20:00:00"
    for unit in ("ms", "us", "ns"):
        naive = pa.array(MOMENTS, pa.timestamp(unit))
        yield case(f"naive, {unit}", naive, "till/cards", ())
        yield case(f"naive, {unit}, in a zone", naive, "kiosk/cards", (zurich, zurich))
    old = pa.array(MOMENTS, pa.timestamp("ns"))
    for till in TILLS:
        yield case(
            f"int96 of the {till}",
            old,
            f"{till}/cards",
            (utc, utc),
            use_deprecated_int96_timestamps=True,
        )
    aware = pa.array(MOMENTS, pa.timestamp("us", tz="America/New_York"))
    yield case("with a zone", aware, "till/cards", (utc, utc))
    written = pa.array(["2026-06-30 22:00:00", "2026-06-30T22:00:00Z"])
    yield case("as text", written, "till/cards", (None, utc))
    yield case("as text, in a zone", written, "kiosk/cards", (zurich, utc))
    for table, rows in (("till/slips", (None, utc)), ("kiosk/slips", (zurich, utc))):
        content = b"id,updated_at\n1,2026-06-30 22:00:00\n2,2026-06-30T22:00:00Z\n"
        yield TillInput(NAIVE, f"CSV of the {table}", table, content, "updated_at", rows)


def _names_twice() -> Iterator[TillInput]:
    one, two = pa.array(["old@example.com"] * 2), pa.array(["new@example.com"] * 2)
    for first, second in (
        ("email", "email"),
        ("Email", "email"),
        ("city", "CITY"),
        ("id", "email"),
        ("x", "X"),
    ):
        twice = [(first, one), (second, two)]
        words = ("twice",)
        yield TillInput(
            TWICE, f"{first} and {second}", "till/cards", _parquet(twice), refused=words
        )
    for header in ("id,email,email", "id,Email,email", "id,city,CITY"):
        content = f"{header}\n1,old@example.com,new@example.com\n".encode()
        yield TillInput(TWICE, f"CSV {header}", "till/slips", content, refused=("twice",))
    twice_in_row = b'{"id": 1, "email": "old@example.com", "email": "new@example.com"}\n{"id": 2}\n'
    yield TillInput(TWICE, "JSON", "till/notes", twice_in_row, "id", (None, 2))


def _lines() -> Iterator[TillInput]:
    kind, rows = "lines that end with CR", b"id,city\r1,Ulm\r2,Bonn\r"
    yield TillInput(kind, "slips", "till/slips", rows, refused=("CR alone",))
    yield TillInput(kind, "quoted", "till/slips", b'id,city\r"1","Ulm"\r', refused=("CR alone",))
    semicolons = rows.replace(b",", b";")
    yield TillInput(kind, "semicolons", "till/lists", semicolons, refused=("CR alone",))
    inside = b'id,city\n1,"Ulm\rDonau"\n2,Bonn\n'
    yield TillInput(kind, "inside a text", "till/slips", inside, "city", ("Ulm\rDonau", "Bonn"))
    kind = "CSV of a spreadsheet"
    excel = "\ufeffid;city;amount\r\n1;Köln;1,50\r\n2;Bonn;1.50\r\n".encode()
    yield TillInput(kind, "as the contract says", "till/lists", excel, "city", (None, "Bonn"))
    yield TillInput(kind, "not as it says", "till/slips", excel, refused=("separated by ;",))
    comma = b"id,city\n1,Ulm\n"
    yield TillInput(kind, "commas for semicolons", "till/lists", comma, refused=("separated by ,",))
    yield TillInput(kind, "sep=;", "till/lists", b"sep=;\n" + excel[3:], refused=("sep=",))
    yield TillInput(
        kind, "UTF-16", "till/slips", excel.decode().encode("utf-16"), refused=("UTF-16",)
    )
    yield TillInput(
        kind, "latin-1", "till/slips", "id,city\n1,Köln\n".encode("latin-1"), refused=("UTF-8",)
    )


def wrong(chosen: Sequence[TillInput]) -> dict[str, str]:
    """Load them in one home; name → what is wrong, of those of which something is."""
    with tempfile.TemporaryDirectory(prefix="clientele-till-") as folder:
        home = Path(folder)
        paths = {}
        for number, case in enumerate(chosen):
            end = next(end for name, _, end, _ in TABLES if case.table.endswith(name))
            paths[f"{case.table}-2026-06-30-{number:03d}.{end}"] = case
        for name, case in paths.items():
            (home / "extracts" / name).parent.mkdir(parents=True, exist_ok=True)
            (home / "extracts" / name).write_bytes(case.content)
        return _judged(home, paths)


def _judged(home: Path, paths: dict[str, TillInput]) -> dict[str, str]:
    kinds = load_contracts(_sources(home))
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    raw = RawFolder(open_storage(home / "raw", home / "spool" / "raw"))
    try:
        load(
            open_landing(home / "extracts", home / "spool" / "landing"),
            raw,
            store,
            contracts_of(kinds, accounts_of(kinds, {}, "EUR", home / "clientele.yml")),
            set(TILLS),
            as_of=datetime(2026, 7, 1),
            as_of_date=date(2026, 6, 30),
            run_id="till",
        )
        entries = {entry.path: entry for entry in Ledger(store).entries()}
        waiting = quarantined_rows(raw, quarantine_files(store, LATER))
        waits = {name: sum(row["file_path"] == name for row in waiting) for name in paths}
        told = {
            f"{case.kind}: {case.name}": _why(case, entries.get(name), waits[name], raw)
            for name, case in paths.items()
        }
    finally:
        store.close()
    return {name: why for name, why in told.items() if why}


def _sources(home: Path) -> Path:
    sources = home / "sources"
    sources.mkdir()
    for till, zone in TILLS.items():
        head = f"source: {till}\nowner: tests\nversion: 1\n{zone}description: A till.\ntables:\n"
        tables = "".join(
            TABLE.format(till=till, name=name, form=form, end=end, more=more)
            for name, form, end, more in TABLES
        )
        (sources / f"{till}.yml").write_text(head + tables, encoding="utf-8")
    return sources


def _why(case: TillInput, entry: Entry | None, waiting: int, raw: RawFolder) -> str:
    if entry is None:
        return "not read"
    if case.refused:
        if entry.status == "loaded":
            return f"loaded, {entry.rows_loaded} rows"
        missing = [word for word in case.refused if word not in str(entry.reason)]
        return f"{missing[0]!r} is not in: {entry.reason}" if missing else ""
    if entry.status != "loaded":
        return str(entry.reason)
    with raw.connect() as connection:
        found = dict(
            connection.execute(
                f"select id, {case.column}::varchar from read_parquet($1)",
                [raw.at(str(entry.raw_path))],
            ).fetchall()
        )
    wanted = {i: str(value) for i, value in enumerate(case.rows, 1) if value is not None}
    if found != wanted:
        return f"{found}, not {wanted}"
    return "" if waiting == case.rows.count(None) else f"{waiting} rows wait"

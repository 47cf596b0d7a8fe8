"""The mutation corpus: damaged extracts of every kind through the loader,
and an oracle that compares what came of each with the truth.

Caught means: the file is named, the line, byte or field, and the right reason. Silent means: wrong
or missing rows, and not a word.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import duckdb
from damage_files import PACK, TABLES, Damaged, Sound, sound
from damage_kinds import KINDS, TEXT
from damage_packed import PACKED_KINDS, long_line, packed
from damage_verdicts import Case, Verdict, judge

from ingestion.contracts.reading import load_contracts
from ingestion.ledger import Ledger
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore

HISTORY_FILES = 6
NOW = datetime(2024, 6, 2, 22)
TYPES = {
    "id": "integer",
    "amount": '"decimal(9,2)"',
    "pieces": "integer",
    "is_test": "boolean",
    "lines": "json",
    "created_at": "timestamp",
}


def judge_corpus(files: int, seed: int, size: str) -> list[Verdict]:
    """Make at least `files` damaged files, load them all in one night, judge each."""
    with TemporaryDirectory(prefix="clientele-damage-") as folder:
        home = Path(folder)
        (home / "sources").mkdir()
        (home / "sources" / "shop.yml").write_text(_contract(), encoding="utf-8")
        rng = Random(seed)
        for table_format in TABLES:
            for i in range(HISTORY_FILES):
                _deliver(
                    home,
                    f"{_stem(table_format)}-2024-05-{i + 1:02d}",
                    table_format,
                    sound(table_format, i, rng).text(),
                )
        store = ControlStore.open(home / "control" / "clientele.sqlite")
        try:
            _load(home, store, datetime(2024, 6, 1, 22))
            cases = list(_cases(home, files, rng, size))
            _load(home, store, NOW)
            entries = {(entry.table_name, entry.sha256): entry for entry in Ledger(store).entries()}
        finally:
            store.close()
        connection = duckdb.connect()
        return [
            judge(connection, home / "raw", case, entries.get((TABLES[case.format], case.sha256)))
            for case in cases
        ]


def _contract() -> str:
    tables = []
    for table_format, table in TABLES.items():
        columns = []
        for name in (
            "id",
            "email",
            "country",
            "amount",
            "pieces",
            "is_test",
            "lines",
            "created_at",
        ):
            place = (
                ("path" if table_format == "jsonl" else "header", "customer.country")
                if name == "country"
                else None
            )
            extra = f", {place[0]}: {place[1]}" if place else ""
            extra += ", required: true" if name in ("id", "amount", "created_at") else ""
            extra += ", optional: true" if name == "email" else ""
            columns.append(
                f"      - {{name: {name}, type: {TYPES.get(name, 'text')}{extra},"
                " description: A column.}"
            )
        tables.append(
            (
                f"  {table}:\n    description: One row per order.\n"
                f"    files: shop/{table}-*.{table_format}*\n    format: {table_format}\n"
                "    load_mode: append\n    key: [id]\n"
                "    version_column: created_at\n    columns:\n"
            )
            + "\n".join(columns)
        )
    return (
        "source: shop\nowner: tests\nversion: 1\ndescription: Orders in three formats.\ntables:\n"
        + "\n".join(tables)
        + "\n"
    )


def _stem(table_format: str) -> str:
    return f"shop/{TABLES[table_format]}"


def _deliver(
    home: Path,
    stem: str,
    table_format: str,
    content: bytes,
    suffix: str = "",
    vouched: bytes | None = None,
) -> str:
    path = f"{stem}.{table_format}{suffix}"
    file = home / "extracts" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if vouched is not None:
        manifest = {"sha256": hashlib.sha256(vouched).hexdigest()}
        file.with_name(file.name + ".manifest.json").write_text(
            json.dumps(manifest), encoding="ascii"
        )
    return path


def _load(home: Path, store: ControlStore, as_of: datetime) -> None:
    landing, raw = Folder(home / "extracts"), RawFolder(Folder(home / "raw"))
    contracts = load_contracts(home / "sources")
    load(
        landing,
        raw,
        store,
        contracts,
        {"shop"},
        as_of=as_of,
        as_of_date=date(2024, 6, 1),
        run_id="damage",
    )


def _cases(home: Path, files: int, rng: Random, size: str) -> Iterator[Case]:
    """Every kind in turn, over its formats and packings by chance,
    every second round with a manifest; then the large ones."""
    kinds = [*KINDS, *PACKED_KINDS]
    for number in range(files):
        kind, attested = kinds[number % len(kinds)], number // len(kinds) % 2 == 1
        formats = KINDS[kind][0] if kind in KINDS else TEXT
        yield _case(home, number, kind, rng.choice(formats), attested, rng, size)
    for number, table_format in enumerate(TEXT, files):
        yield _case(home, number, "line of 100 MB", table_format, False, rng, size)
    for number, suffix in enumerate((".gz", ".zst"), files + len(TEXT)):
        file = sound("jsonl", HISTORY_FILES + number, rng)
        yield _put(
            home, number, "zip bomb", file, packed("zip bomb", b"", suffix, rng, size), suffix, None
        )


def _case(
    home: Path, number: int, kind: str, table_format: str, attested: bool, rng: Random, size: str
) -> Case:
    file = sound(table_format, HISTORY_FILES + number, rng)
    if kind in PACKED_KINDS:
        suffix = rng.choice([".gz", ".zst"])
        whole = PACK[suffix](file.text())
        return _put(
            home,
            number,
            kind,
            file,
            packed(kind, whole, suffix, rng, size),
            suffix,
            whole if attested else None,
        )
    suffix = (
        rng.choice(list(PACK)) if table_format != "parquet" and kind != "line of 100 MB" else ""
    )
    damaged = KINDS[kind][1](file, rng) if kind in KINDS else long_line(file, size)
    return _put(
        home,
        number,
        kind,
        file,
        damaged,
        suffix,
        PACK[suffix](file.text()) if attested else None,
        pack=True,
    )


def _put(
    home: Path,
    number: int,
    kind: str,
    file: Sound,
    damaged: Damaged,
    suffix: str,
    vouched: bytes | None,
    *,
    pack: bool = False,
) -> Case:
    content = PACK[suffix](damaged.content) if pack else damaged.content
    path = _deliver(
        home, f"{_stem(file.format)}-2024-06-01-{number}", file.format, content, suffix, vouched
    )
    return Case(
        path,
        hashlib.sha256(content).hexdigest(),
        kind,
        file.format,
        vouched is not None,
        damaged,
        file.rows,
    )

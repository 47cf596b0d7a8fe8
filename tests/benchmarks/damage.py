"""The mutation corpus: damaged extracts of every kind through the loader,
and an oracle that compares what came of each with the truth.

Caught means: the file is named, the line, byte or field, and the right reason. Silent means: wrong
or missing rows, and not a word.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from damage_files import PACK, Damaged, Row, Sound, sound
from damage_kinds import KINDS, PACKED_KINDS, TEXT, long_line, packed

from ingestion.contracts.reading import load_contracts
from ingestion.ledger import Ledger
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore

TABLES = {"jsonl": "orders", "csv": "order_rows", "parquet": "order_pages"}
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
VALUES = (
    "id::varchar, email, country, amount::varchar, pieces::varchar, is_test::varchar, lines,"
    " strftime(created_at, '%Y-%m-%dT%H:%M:%SZ')"
)


@dataclass(frozen=True)
class Case:
    """One delivered file: what was done to it, and whether a manifest vouches for the sound one."""

    path: str
    sha256: str
    kind: str
    format: str
    attested: bool
    damaged: Damaged
    truth: list[Row]


@dataclass(frozen=True)
class Verdict:
    """`outcome`: caught, harmless (every row is right), silent,
    or wrong reason (something was said, but not what is the matter)."""

    case: Case
    outcome: str
    said: str


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
            _judge(connection, home / "raw", case, entries.get((TABLES[case.format], case.sha256)))
            for case in cases
        ]


def figures_of(verdicts: list[Verdict]) -> list[dict[str, Any]]:
    """The corpus as figures."""

    def silent(chosen: list[Verdict]) -> int:
        return sum(verdict.outcome == "silent" for verdict in chosen)

    bare = [verdict for verdict in verdicts if not verdict.case.attested]
    unknowable = [verdict for verdict in bare if not verdict.case.damaged.knowable]
    shares = []
    for kind in dict.fromkeys(verdict.case.kind for verdict in unknowable):
        for table_format in TABLES:
            of_kind = [
                v for v in unknowable if (v.case.kind, v.case.format) == (kind, table_format)
            ]
            if of_kind:
                shares.append(f"{kind}, {table_format}: {silent(of_kind)} of {len(of_kind)}")
    share = round(silent(unknowable) / len(unknowable), 3)
    known = [verdict for verdict in bare if verdict.case.damaged.knowable]
    wrong = [verdict for verdict in verdicts if verdict.outcome == "wrong reason"]
    kinds = len({verdict.case.kind for verdict in verdicts})
    note = (
        f"{kinds} kinds over JSON lines, CSV (plain, gzip, zstd) and Parquet,"
        " with and without manifest; "
    ) + ", ".join(
        f"{count} {outcome}"
        for outcome, count in sorted(Counter(verdict.outcome for verdict in verdicts).items())
    )
    return [
        _figure("damaged_files", len(verdicts), "files", ">= 3000", note),
        _figure(
            "silent_knowable",
            silent(known),
            "files",
            "= 0",
            f"of {len(known)} files without a manifest: {_examples(known, 'silent')}",
        ),
        _figure(
            "silent_after_manifest",
            silent([v for v in verdicts if v.case.attested]),
            "files",
            "= 0",
        ),
        _figure(
            "silent_unknowable_share",
            share,
            "",
            "",
            "without a manifest nobody can know; " + "; ".join(shares),
        ),
        _figure("wrong_reason", len(wrong), "files", "= 0", _examples(wrong, "wrong reason")),
    ]


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


def _examples(verdicts: list[Verdict], outcome: str) -> str:
    return (
        "; ".join(f"{v.case.kind} ({v.case.path})" for v in verdicts if v.outcome == outcome)[:400]
        or "none"
    )


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


def _judge(connection: duckdb.DuckDBPyConnection, raw: Path, case: Case, entry: Any) -> Verdict:
    if entry is None:
        return Verdict(case, "wrong reason", "the file is in no ledger")
    damaged = case.damaged
    if entry.status != "loaded":
        said = str(entry.reason)
        right = said.startswith(entry.path) and _right_reason(
            case, said, None, vouched=entry.manifest_sha256 is not None
        )
        return Verdict(
            case,
            "caught"
            if right and not (damaged.legal and not entry.manifest_sha256)
            else "wrong reason",
            said,
        )
    truth = Counter(_truth(row) for row in case.truth)
    query = f"select {VALUES}, _extra from read_parquet(?)"
    loaded = Counter(connection.execute(query, [str(raw / entry.raw_path)]).fetchall())
    if entry.rows_quarantined:
        query = "select line_number, reason from read_parquet(?) order by line_number"
        rows = connection.execute(query, [str(raw / entry.quarantine_path)]).fetchall()
        said = "; ".join(f"line {line}: {reason}" for line, reason in rows)
        if loaded - truth and not entry.drift:
            return Verdict(case, "silent", said)
        right = any(_right_reason(case, reason, line) for line, reason in rows)
        return Verdict(case, "caught" if right else "wrong reason", said)
    if entry.drift:
        texts = [
            f"{kind}: {text}" for kind, found in json.loads(entry.drift).items() for text in found
        ]
        right = any(re.search(damaged.reason, text) for text in texts) and not damaged.legal
        return Verdict(case, "caught" if right else "wrong reason", "; ".join(texts))
    return Verdict(case, "harmless" if loaded == truth else "silent", "")


def _right_reason(case: Case, said: str, line: int | None, *, vouched: bool = False) -> bool:
    """Whether a refusal (no `line`) or a quarantined row names what was done, and where."""
    if vouched and "is not the file its manifest vouches for (sha256 differs)" in said:
        return True
    if not re.search(case.damaged.reason, said):
        return False
    if case.damaged.lines is None:
        return True
    named = (
        {line} if line is not None else {int(found) for found in re.findall(r"line (\d+)", said)}
    )
    return bool(named & case.damaged.lines)


def _truth(row: Row) -> tuple[str | None, ...]:
    values = [
        row[name]
        for name in ("id", "email", "country", "amount", "pieces", "is_test", "lines", "created_at")
    ]
    return (
        *(
            json.dumps(value) if isinstance(value, bool) else None if value is None else str(value)
            for value in values
        ),
        None,
    )

"""Part of topic `reality`: values that say one thing and could be read as another.

Each case is a file of its own with a good row and an odd one, in CSV, JSON lines or Parquet; all
lie in one home and are loaded by the call that a night makes. An odd value is *silent* when raw
holds something else than what stands in the file, and neither quarantine nor a refusal tells of it.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from commands import figure
from reality_silent_case import GOOD_ID, ODD_ID, TABLE, Case
from reality_silent_files import files
from reality_silent_values import values

from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import LoadReport, load, raw_files
from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.open import open_landing, open_storage
from orchestration.control.store import ControlStore

FORMATS = ("csv", "jsonl", "parquet")
# At a tiny size every so many of a format's cases; Parquet is checked in a process of its own.
STEP = {"csv": 13, "jsonl": 19, "parquet": 48}
LATER = datetime(2030, 1, 1)


def cases(size: str = "full") -> list[Case]:
    """Every case, or a part of them that has every kind of value and every format."""
    every = [*values(), *files()]
    if size == "full":
        return every
    return [
        case for kind in FORMATS for case in [c for c in every if c.kind == kind][:: STEP[kind]]
    ]


def measure(size: str = "full") -> list[dict[str, Any]]:
    """How many values were read silently otherwise, of how many files."""
    chosen = cases(size)
    silent = [f"{case.name}: {why}" for case, why in judge(chosen) if why]
    told = Counter(case.kind for case in chosen)
    note = ", ".join(f"{count} in {kind}" for kind, count in sorted(told.items()))
    return [
        figure("silent_value_files", len(chosen), "files", ">= 400", note),
        figure("silent_values", len(silent), "values", "= 0", "; ".join(silent[:20])),
    ]


def judge(chosen: Sequence[Case]) -> list[tuple[Case, str]]:
    """Load the cases in one home; each with what was silently wrong about it, empty when nothing
    was."""
    with tempfile.TemporaryDirectory(prefix="clientele-silent-") as folder:
        home = Path(folder)
        for number, case in enumerate(chosen):
            path = home / "extracts" / _path(number, case)
            path.parent.mkdir(parents=True, exist_ok=True)
            case.write(path, number)
        return _judged(home, chosen)


def _path(number: int, case: Case) -> str:
    return f"shop/{case.kind}-2024-05-01-{number:04d}.{case.kind}"


def _judged(home: Path, chosen: Sequence[Case]) -> list[tuple[Case, str]]:
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    raw = RawFolder(open_storage(home / "raw", home / "spool" / "raw"))
    try:
        report = _load(home, raw, store)
        rows = _rows(raw, store)
        told = {row["file_path"] for row in _quarantined(raw, store)}
        told |= {outcome.path for outcome in report.set_aside}
    finally:
        store.close()
    return [
        (case, _wrong(case, number, rows, is_told=_path(number, case) in told))
        for number, case in enumerate(chosen)
    ]


def _load(home: Path, raw: RawFolder, store: ControlStore) -> LoadReport:
    sources = home / "sources"
    sources.mkdir()
    head = "source: shop\nowner: tests\nversion: 1\ndescription: A shop.\ntables:\n"
    text = head + "".join(TABLE.format(kind=kind) for kind in FORMATS)
    (sources / "shop.yml").write_text(text, encoding="utf-8")
    return load(
        open_landing(home / "extracts", home / "spool" / "landing"),
        raw,
        store,
        load_contracts(sources),
        {"shop"},
        as_of=datetime(2024, 6, 1, 22),
        as_of_date=date(2024, 6, 1),
        run_id="silent",
    )


def _rows(raw: RawFolder, store: ControlStore) -> dict[int, dict[str, Any]]:
    """Id → the row that raw holds, of all tables."""
    found: dict[int, dict[str, Any]] = {}
    connection = raw.connect()
    try:
        for paths in raw_files(store, LATER).values():
            read = connection.execute(
                "from read_parquet($1, hive_partitioning = false)", [[raw.at(p) for p in paths]]
            )
            names = [column[0] for column in read.description]
            found |= {
                row["id"]: row
                for row in (dict(zip(names, r, strict=True)) for r in read.fetchall())
            }
    finally:
        connection.close()
    return found


def _quarantined(raw: RawFolder, store: ControlStore) -> list[dict[str, Any]]:
    return quarantined_rows(raw, quarantine_files(store, LATER))


def _wrong(case: Case, number: int, rows: dict[int, dict[str, Any]], *, is_told: bool) -> str:
    good, odd = rows.get(10 * number + GOOD_ID), rows.get(10 * number + ODD_ID)
    if good is None and not is_told:
        return "its good row is lost"
    if odd is None:
        return "" if is_told else "its row is lost"
    value = odd[case.column]
    if any(case.is_same(value, said) for said in case.says):
        return ""
    return f"read as {value!r:.60}"

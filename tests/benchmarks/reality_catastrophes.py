"""Part of topic `reality`: nights after an honest one in which a whole table arrives wrong.

Each delivers a table's rows once more, as a system that exports everything does. As they are they
change nothing; so whatever differs in core afterwards was the damage, and readers saw it.
"""

import csv
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import reality_nights as nights
from commands import figure
from reality_damages import GROSS, SHARES, SUBTLE, Kind, damaged
from reality_odd_files import TABLES, write
from reality_records import Row

PART = "9999"
TRIED = {"full": len(GROSS), "tiny": 1}


def measure(size: str) -> list[dict[str, Any]]:
    """The figures; `tiny` tries one of each sort."""
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = nights.honest_home(Path(folder), size)
        gross = {kind.name: is_published(home, kind, 1.0) for kind in GROSS[: TRIED[size]]}
        shares = {
            kind.name: _share(home, kind, SHARES[size])
            for kind in (SUBTLE if size == "full" else SUBTLE[:1])
        }
    published = [name for name, was in gross.items() if was]
    return [
        figure("catastrophes_tried", len(gross), "kinds", ">= 25" if size == "full" else ""),
        figure("catastrophes_published", len(published), "kinds", "= 0", ", ".join(published)),
        figure(
            "detected_share",
            round(sum(shares.values()) / len(shares), 2),
            "",
            "",
            f"of {SHARES[size]} of a table's rows; "
            + ", ".join(f"{name} {share:.2f}" for name, share in shares.items()),
        ),
    ]


def _share(home: Path, kind: Kind, shares: tuple[float, ...]) -> float:
    seen = [not is_published(home, kind, share) for share in shares]
    return sum(seen) / len(seen)


def is_published(home: Path, kind: Kind, share: float) -> bool:
    """Whether readers of a night with this delivery saw any of its damage."""
    broken = nights.copy_of(home, "broken")
    try:
        path = deliver(broken / "extracts", kind, share)
        if not nights.night(broken).is_published:
            return False
        told = nights.ledger(broken)[path]
        return told["status"] == "loaded" and _differs(home, broken)
    finally:
        nights.remove(broken)


def deliver(extracts: Path, kind: Kind, share: float) -> str:
    """Write the damaged export as today's last file of its table; its path."""
    path = write(
        extracts, TABLES[kind.table], damaged(exported(extracts, kind.table), kind, share), PART
    )
    if kind.cut:
        file = extracts / path
        file.write_bytes(file.read_bytes()[:-200])
    return path


def exported(extracts: Path, name: str) -> list[Row]:
    """A table's rows as delivered so far, the latest version of each."""
    table = TABLES[name]
    headers = {column.name: column.header for column in table.columns}
    paths = {column.name: column.path for column in table.columns}
    found: dict[tuple[str, ...], Row] = {}
    files = [f for f in sorted(extracts.glob(table.files)) if "manifest" not in f.name]
    for file in files:
        raw = file.read_bytes()
        text = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode()
        if table.format == "csv":
            rows = [dict(row) for row in csv.DictReader(text.splitlines())]
            for row in rows:
                row.pop("", None)
                found[tuple(str(row[headers[key]]) for key in table.key)] = row
            continue
        for line in text.splitlines():
            row = json.loads(line)
            found[tuple(str(_at(row, paths[key])) for key in table.key)] = row
    return list(found.values())


def _at(row: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        row = row[key]
    return row


def _differs(home: Path, broken: Path) -> bool:
    with duckdb.connect() as con:
        nights.attach(con, nights.generation(home), "honest")
        nights.attach(con, nights.generation(broken), "broken")
        for name in nights.tables(con, "honest", ("core",)):
            both = (f"from honest.{name}", f"from broken.{name}")
            for one, other in (both, both[::-1]):
                query = f"select count(*) from ({one} except all {other})"
                if con.execute(query).fetchone() != (0,):
                    return True
    return False

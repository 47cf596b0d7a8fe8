"""What came of a damaged file: an oracle compares it with the truth, and counts."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from damage_files import TABLES, Damaged, Row

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


def judge(connection: duckdb.DuckDBPyConnection, raw: Path, case: Case, entry: Any) -> Verdict:
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

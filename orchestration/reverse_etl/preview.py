"""What a delivery would do, without doing it: counts, the reasons for a hold, which fields change,
and the encoded bodies.

Nothing is sent, nothing is written, no secret is asked for. Values are masked letter by letter, so
that their shape can be judged and nobody's address is on a screen.
"""

import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from ingestion import sql
from ingestion.masking import masked
from orchestration.control.store import ControlStore
from orchestration.reverse_etl import consent, hold_reasons, plan
from orchestration.reverse_etl.engine import check
from orchestration.reverse_etl.keyed import secret_of
from orchestration.reverse_etl.plan import Plan
from orchestration.reverse_etl.protocol import UPSERT, Batch, Destination, Row
from orchestration.reverse_etl.spec import SyncSpec
from orchestration.reverse_etl.state import read_state

ROWS_SHOWN = 3


@dataclass(frozen=True)
class Preview:
    """One sync as the next delivery would find it."""

    sync: str
    destination: str
    verdicts: dict[
        str, int
    ]  # of the candidates: add, change, unchanged, withheld, invalid, open, unresolved, given_up
    removals: dict[str, int]  # by cause
    reasons: list[str]  # why it would be held
    field_changes: dict[
        str, int
    ]  # changed rows by field, since the generation that was delivered last
    samples: list[dict[str, str]]  # field by field: key, field, before, after; masked
    bodies: list[str]  # of the first requests; masked


def preview(
    spec: SyncSpec,
    *,
    store: ControlStore,
    generation: duckdb.DuckDBPyConnection,
    destination: Destination,
    before: Path | None,
) -> Preview:
    """Plan a sync and encode its first rows.

    `before`: the generation that was delivered last, where it is still kept.
    Errors: `SpecError`, as a delivery would end with.
    """
    check(spec, destination)
    key, columns = plan.describe(generation, spec)
    with tempfile.TemporaryDirectory() as folder:  # a night may be delivering the same sync
        read_state(generation, store, spec, secret_of(generation), Path(folder))
    try:
        consent.load(generation, spec)
        made = plan.make(generation, spec, destination, key, columns)
        rows = list(islice(made.upserts(), ROWS_SHOWN))
        field_changes, samples = _changes(made, before) if before and made.changes else ({}, [])
        return Preview(
            spec.name,
            spec.destination,
            {verdict: count for verdict, count in sorted(made.verdicts.items()) if count},
            dict(sorted(made.removals.items())),
            hold_reasons.reasons(store, made),
            field_changes,
            samples,
            [masked_body(body) for body in _bodies(made, destination, rows)],
        )
    finally:
        plan.drop(generation)


def _bodies(made: Plan, destination: Destination, rows: list[Row]) -> list[str]:
    """The bodies of requests with these rows; where a destination does not say,
    the payloads that it would encode."""
    spec, size = made.spec, destination.batch_rows
    encode = getattr(destination, "preview", None)
    if encode is None:
        return [row.payload or "" for row in rows]
    bodies: list[str] = []
    for first in range(0, len(rows), size):
        batch = Batch(
            spec.object,
            UPSERT,
            spec.mode,
            made.key,
            made.columns,
            spec.contact_point,
            rows[first : first + size],
        )
        bodies += encode(batch)
    return bodies


def _changes(made: Plan, before: Path) -> tuple[dict[str, int], list[dict[str, str]]]:
    """Changed fields of changed rows against an earlier generation, where that has them."""
    spec, connection = made.spec, made.connection
    connection.execute(f"attach {sql.quote(str(before))} as delivered (read_only)")
    try:
        earlier = f"delivered.{spec.table}"
        try:
            known = {row[0] for row in connection.execute(f"describe {earlier}").fetchall()}
        except duckdb.CatalogException:
            return {}, []
        names = [column.name for column in made.columns if column.name in known]
        if spec.key not in known or not names:
            return {}, []
        pairs = [
            f"{{field: {sql.quote(name)}, old: {_text('earlier', name)}, new:"
            f" {_text('today', name)}}}"
            for name in names
        ]
        found = connection.execute(
            f"""
            select key, change.field, change.old, change.new
            from (
                select candidates.key, unnest([{", ".join(pairs)}]) as change
                from delivery_candidates as candidates
                inner join {spec.table} as today
                    on candidates.key = cast(today.{sql.name(spec.key)} as varchar)
                inner join {earlier} as earlier
                    on candidates.key = cast(earlier.{sql.name(spec.key)} as varchar)
                where candidates.verdict = 'change'
            )
            where change.old is distinct from change.new
            order by key, change.field
            """
        ).fetchall()
    finally:
        connection.execute("detach delivered")
    samples = [
        dict(
            zip(
                ("key", "field", "before", "after"),
                (masked(key), field, masked(old or ""), masked(new or "")),
                strict=True,
            )
        )
        for key, field, old, new in found[:ROWS_SHOWN]
    ]
    return dict(sorted(Counter(field for _, field, _, _ in found).items())), samples


def _text(relation: str, name: str) -> str:
    return f"cast({relation}.{sql.name(name)} as varchar)"


def masked_body(body: str) -> str:
    """A body with its values hidden.

    What is no JSON is hidden but for the names before a colon or an equals sign.
    """
    try:
        return json.dumps(_masked(json.loads(body)), ensure_ascii=False)
    except ValueError:
        return re.sub(
            r"(?m)(^[\w-]+: |[?&]?\b\w+=)?([^\n&]*)",
            lambda found: (found[1] or "") + masked(found[2]),
            body,
        )


def _masked(value: Any) -> Any:
    """Names, truth and nothing are left as they are; numbers are values, too."""
    if isinstance(value, dict):
        return {name: _masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return value if value is None or isinstance(value, bool) else masked(str(value))

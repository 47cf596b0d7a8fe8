"""The match step: records of the sources that are matched by name become edges, and refusals,
that identity unites with its own evidence.

Nobody is merged twice: what an account or an address joins already stays joined,
and is only heeded.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.limits import NO_LIMITS, Limits
from orchestration.steps.files import write_parquet
from orchestration.steps.match.columns import MATCH_COLUMNS, REFUSAL_COLUMNS

MATCHES_FILE = "name_matches.parquet"
REFUSALS_FILE = "name_match_refusals.parquet"
NAME_PRIORITY = 80

# What records say, of those `RECORD_COLUMNS` that sources of this kind can fill. What none of them
# says is not compared, and without dates of birth there is no veto.
SAID = {
    "first_name": "first_name",
    "surname": "last_name",
    "date_of_birth": "cast(date_of_birth as varchar)",
    "email": "identifiers['email']",
    "city": "city",
    "postcode": "postcode",
    "address": "address",
}

# Records of one account or address that say the same are compared as one, by the smallest of them.
RECORDS = f"""
create or replace temp table step_records as
with strong_values as (
    select record_id, min(entry.key || ':' || lower(trim(entry.value))) as holder
    from (
        select record_id, unnest(map_entries(identifiers)) as entry
        from identity.source_records
        where list_contains($sources, source_name)
    )
    inner join seeds.identifier_types
        on entry.key = identifier_types.identifier_type and identifier_types.is_strong
    where trim(entry.value) <> ''
    group by record_id
),

said as (
    select record_id, {", ".join(f"{where} as {name}" for name, where in SAID.items())}
    from identity.source_records
    left join identity.personal_details using (record_id)
    where list_contains($sources, source_name)
)

select
    record_id, {", ".join(SAID)},
    min(record_id) over (
        partition by coalesce(strong_values.holder, record_id), {", ".join(SAID)}
    ) as spokesman
from said
left join strong_values using (record_id)
"""

COMPARED = """
select * exclude (spokesman)
from step_records
where record_id = spokesman and coalesce(first_name, surname) is not null
order by record_id
"""

# Evidence that holds in any case: each value joins its records to the smallest of them, unless
# too many share it.
CERTAIN = """
with held as (
    select distinct
        step_records.spokesman as record_id,
        entry.key as rule,
        lower(trim(entry.value)) as value,
        identifier_types.priority,
        identifier_types.max_holders
    from (
        select record_id, unnest(map_entries(identifiers)) as entry
        from identity.source_records
        where list_contains($sources, source_name)
    ) as entries
    inner join step_records using (record_id)
    inner join seeds.identifier_types
        on entry.key = identifier_types.identifier_type and identifier_types.is_strong
    where trim(entry.value) <> ''
),

joined as (
    select *, min(record_id) over holders as smallest, count(*) over holders as holders_count
    from held
    window holders as (partition by rule, value)
)

select
    smallest as left_record,
    record_id as right_record,
    rule,
    priority::bigint as priority,
    null::double as weight,
    true as is_certain
from joined
where smallest <> record_id and holders_count <= coalesce(max_holders, holders_count)
"""


@dataclass(frozen=True)
class MatchReport:
    """Counts of the night's matching; all zero when no source is matched by name."""

    sources: tuple[str, ...]
    records_count: int = 0
    pairs_count: int = 0
    vetoed_count: int = 0
    matches_count: int = 0
    refusals_count: int = 0
    blocking: str = "none"
    rules_left_out: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For the night's report: JSON types only."""
        return {**asdict(self), "sources": list(self.sources)}


def run_match(
    con_read: duckdb.DuckDBPyConnection,
    out_folder: Path,
    *,
    sources: tuple[str, ...],
    threshold: float,
    limits: Limits = NO_LIMITS,
) -> MatchReport:
    """Match the records of `sources`;
    write `name_matches.parquet` (`MATCH_COLUMNS`, one row per merge that a likeness brings) and
    `name_match_refusals.parquet` (`REFUSAL_COLUMNS`, one row per merge refused) to `out_folder`.

    Without sources both are empty, and nothing is read. Needs the right to make temporary
    tables, nothing else.
    Errors: `MatchError` when the records say too little to learn from.
    """
    if not sources:
        _write(con_read, out_folder)
        return MatchReport(sources)
    from orchestration.steps.match.resolve import EDGES, match_edges, resolve
    from orchestration.steps.match.score import match_records

    try:
        con_read.execute(RECORDS, {"sources": list(sources)})
        records = con_read.execute(COMPARED).to_arrow_table()
        certain = con_read.execute(CERTAIN, {"sources": list(sources)}).to_arrow_table().cast(EDGES)
    finally:
        con_read.execute("drop table if exists temp.step_records")
    if len(records) < 2:
        _write(con_read, out_folder)
        return MatchReport(sources, len(records))
    found = match_records(records, certain, limits)
    resolution = resolve(
        pa.concat_tables([certain, match_edges(found.pairs, NAME_PRIORITY, threshold)]), found.pairs
    )
    _write(con_read, out_folder, resolution.joins, resolution.refusals)
    return MatchReport(
        sources=sources,
        records_count=found.records_count,
        pairs_count=len(found.pairs),
        vetoed_count=found.pairs["is_vetoed"].to_pylist().count(True),
        matches_count=resolution.joins["is_certain"].to_pylist().count(False),
        refusals_count=len(resolution.refusals),
        blocking=found.blocking.kind,
        rules_left_out=len(found.blocking.left_out),
    )


def _write(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    joins: pa.Table | None = None,
    refusals: pa.Table | None = None,
) -> None:
    for name, rows, columns, condition in (
        (MATCHES_FILE, joins, MATCH_COLUMNS, "not is_certain"),
        (REFUSALS_FILE, refusals, REFUSAL_COLUMNS, "true"),
    ):
        if rows is None:
            selected = ", ".join(f"null::{kind} as {column}" for column, kind in columns.items())
            write_parquet(con, f"select {selected} where false", folder / name)
            continue
        con.register("step_rows", rows)
        try:
            renamed = (
                "left_record as left_record_id, right_record as right_record_id,"
                " 1.0 / (1.0 + pow(2.0, -weight)) as probability"
            )
            selected = ", ".join(
                f"{column}::{kind} as {column}" for column, kind in columns.items()
            )
            given = f"select *, {renamed} from step_rows where {condition}"
            write_parquet(
                con,
                f"select {selected} from ({given}) order by left_record_id, right_record_id",
                folder / name,
            )
        finally:
            con.unregister("step_rows")

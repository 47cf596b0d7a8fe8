"""How right the stitching is, where the answers are known:
pairs of records, ours against the sample's truth.

Precision: of all pairs of records that we gave one customer id, the share that is one person.
Recall: of all pairs that are one person, the share that we found. E-mail alone (equal normalised
addresses, nothing else) stands beside it.
"""

from pathlib import Path
from typing import Any

import duckdb

_PAIRS = """
with assigned as ({assignment}),
joined as (
    select truth.person_id, coalesce(assigned.cluster, truth.record_id) as cluster
    from read_parquet(?) as truth
    join identity.identity_map as map using (record_id)
    left join assigned using (record_id)
),
both_sides as (select count(*) as n from joined group by person_id, cluster),
ours as (select count(*) as n from joined group by cluster),
theirs as (select count(*) as n from joined group by person_id)
select
    (select sum(n * (n - 1) / 2) from both_sides),
    (select sum(n * (n - 1) / 2) from ours),
    (select sum(n * (n - 1) / 2) from theirs)
"""
_OURS = "select record_id, customer_id as cluster from identity.identity_map"
_EMAIL = (
    "select record_id, min(identifier_value) as cluster from identity.identifiers"
    " where identifier_type = 'email' group by record_id"
)


def stitching_quality(connection: duckdb.DuckDBPyConnection, truth: Path) -> dict[str, Any]:
    """Pair precision and recall, ours and by e-mail alone; nothing where no truth is known."""
    answers = truth / "record_persons.parquet"
    if not answers.exists():
        return {}
    quality = {}
    for name, assignment in (("", _OURS), ("email_only_", _EMAIL)):
        right, ours, theirs = connection.execute(
            _PAIRS.format(assignment=assignment), [str(answers)]
        ).fetchall()[0]
        quality[f"{name}precision"] = round(float(right or 0) / float(ours), 5) if ours else None
        quality[f"{name}recall"] = round(float(right or 0) / float(theirs), 5) if theirs else None
    return quality

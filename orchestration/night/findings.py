"""What is wrong in single rows (core.findings), as a night tells it: by rule, with the first keys,
and what is new or gone since the generation before."""

from collections.abc import Iterable
from typing import Any

import duckdb

from expectations.report import FindingOfRule, GateResult
from ingestion.sql import quote
from ingestion.times import iso
from orchestration.warehouse.connection import connect
from orchestration.warehouse.finding_history import OPEN_BEFORE
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs

LAYER = "core"
TABLE = "finding_shares"  # the table whose gate judges them
KEYS_SHOWN = 10


def read_findings(inputs: Inputs) -> list[FindingOfRule]:
    """All findings of the generation of `inputs`, most first. Money is told where it is of one
    currency; the share is of the last four weeks. A source may use an address as an id: such a key
    is not shown. A finding stands there since the published night that saw it first."""
    connection = connect(inputs)
    try:
        rows = connection.execute(f"""
            select
                findings.rule,
                any_value(findings.severity),
                findings.table_name,
                count(*),
                any_value(findings.explanation),
                any_value(findings.remedy),
                any_value(shares.rows_share)::double,
                if(count(distinct findings.currency_code) = 1, sum(findings.amount), null),
                if(
                    count(distinct findings.currency_code) = 1,
                    any_value(findings.currency_code),
                    null
                ),
                list(distinct findings.key order by findings.key)
                    filter (where findings.key not like '%@%')[:{KEYS_SHOWN}],
                min(coalesce(before.as_of, {quote(iso(inputs.as_of))}))[:10]
            from core.findings as findings
            left join ({OPEN_BEFORE}) as before on findings.finding_id = before.finding_id
            left join core.finding_shares as shares
                on findings.rule = shares.rule and findings.table_name = shares.table_name
            group by findings.rule, findings.table_name
            order by count(*) desc, findings.rule, findings.table_name
        """).fetchall()
    finally:
        connection.close()
    return [FindingOfRule(*(LAYER, *row, tuple(keys or ()), since)) for *row, keys, since in rows]


def first_keys(findings: Iterable[FindingOfRule], words: str) -> str:
    """Where the rows of a rule are that its gate refused, and the setting that decides."""
    rule = words.replace(" ", "_")
    where = "; ".join(
        f"{found.number} in core.{found.table}: {', '.join(found.first_keys[:3])}"
        for found in findings
        if found.rule == rule
    )
    return f" [{where}; limits: findings.{rule} in clientele.yml]"


def findings_that_wait(results: Iterable[GateResult]) -> list[dict[str, str]]:
    """Rules past half of a limit: no reason to stop a night, and one to look."""
    rules = {
        result.expectation.split(":")[0]: f"{result.observed} is past {result.threshold}"
        for result in results
        if result.table == TABLE and result.warns
    }
    return [
        {
            "what": f"many findings: {words} ({why}, half of its limit)",
            "command": 'clientele sql "select * from core.findings'
            f" where rule = '{words.replace(' ', '_')}'\"",
        }
        for words, why in rules.items()
    ]


def count_changes(
    connection: duckdb.DuckDBPyConnection, generations: Generations, run_id: str
) -> dict[str, Any]:
    """Findings of a sealed generation by rule, and how many of them the sealed generation before
    did not have, or had besides (None where there is none to compare with)."""
    rules = connection.execute(
        "select rule, count(*) from core.findings group by rule order by count(*) desc, rule"
    ).fetchall()
    counts: dict[str, Any] = {"rules": dict(rules), "new": None, "gone": None}
    earlier = [sealed for sealed in generations.sealed() if sealed < run_id]
    if not earlier:
        return counts
    file = str(generations.file(earlier[-1]))
    try:
        connection.execute(f"attach {quote(file)} as earlier (read_only)")
        counts["new"], counts["gone"] = connection.execute(
            "select count(*) filter (before.finding_id is null),"
            " count(*) filter (here.finding_id is null) from core.findings as here"
            " full join earlier.core.findings as before on here.finding_id = before.finding_id"
        ).fetchall()[0]
    except (duckdb.CatalogException, duckdb.IOException):
        pass  # an older code's generation has no findings; one that was removed has no file
    return counts

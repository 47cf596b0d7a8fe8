"""core.finding_shares: how much is wrong in single rows. One row stops nothing; so many of one rule
that a figure may be wrong do, and half as many wait for a look."""

import csv
from pathlib import Path

from expectations.guard import GateContext, Guard, Suite, measure

_SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "finding_rules.csv"
with _SEED.open(encoding="utf-8", newline="") as _rows:
    RULES = tuple(row["rule"] for row in csv.DictReader(_rows))
DEFAULTS = {"share": 0.02, "money_share": 0.02, "at_least": 20}


def suite(gate: GateContext) -> Suite:
    """For each rule its share of the rows and of the money of the last four weeks."""
    return Suite(
        tuple(guard for rule in RULES for guard in _of_rule(gate, rule)), may_be_empty=True
    )


def _of_rule(gate: GateContext, rule: str) -> list[Guard]:
    floor = _limit(gate, rule, "at_least")
    guards = []
    for name, column, words in (
        ("share", "rows_share", "share of the rows"),
        ("money_share", "money_share", "share of the money"),
    ):
        # A few in a small shop are a large share of it.
        enough = f"rule = '{rule}' and findings_count >= {floor:.0f}"
        share = f"coalesce(max({column}) filter (where {enough}), 0)"
        most = _limit(gate, rule, name)
        title = f"{rule.replace('_', ' ')}: {words}, last 28 days"
        guards += [
            measure(title, share, at_most=most),
            measure(f"{title}, half of the limit", share, at_most=most / 2, severity="warning"),
        ]
    return guards


def _limit(gate: GateContext, rule: str, name: str) -> float:
    """What the owner set for the rule, or for all, or the default."""
    of_all = gate.threshold(f"findings.default.{name}", DEFAULTS[name])
    return gate.threshold(f"findings.{rule}.{name}", of_all)

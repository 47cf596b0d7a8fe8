"""core.finding_shares: how much is wrong in single rows. One row stops nothing; so many of one rule
that a figure may be wrong do, and half as many wait for a look."""

from expectations.guard import GateContext, Guard, Suite, measure

RULES = (
    "amount_below_nothing",
    "charge_not_delivered",
    "currency_without_a_rate",
    "day_in_the_future",
    "line_without_amount",
    "movement_in_another_currency",
    "order_not_delivered",
    "order_unlike_its_lines",
    "order_unlike_its_parts",
    "payment_of_several_orders",
    "refund_unlike_its_movements",
    "refunds_above_captures",
    "spend_of_several_days",
    "unknown_consent_state",
    "unknown_currency",
    "unknown_dispute_status",
    "unknown_kind_of_event",
    "unknown_kind_of_movement",
    "unknown_request",
    "unknown_ticket_status",
)
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

"""marts.ltv_backtests: how far past forecasts were off.

Worth a look, and no reason to refuse the night: what was far off is not shown.
"""

from expectations.guard import GateContext, Suite, measure


def suite(gate: GateContext) -> Suite:
    """Guards of the hold-outs, one row per origin, horizon, model and segment."""
    shown = "filter (where is_chosen and segment = 'all customers')"
    return Suite(
        (
            measure(
                "actual to expected orders, mean of hold-outs",
                f"avg(actual_to_expected) {shown}",
                at_least=0.8,
                at_most=1.25,
                severity="warning",
                optional=True,
                unit="times",
            ),
            measure(
                "rank correlation, worst of hold-outs",
                f"min(rank_correlation) {shown}",
                at_least=0,
                severity="warning",
                optional=True,
            ),
        ),
        sources=gate.feeding("orders"),
        may_be_empty=True,  # a young shop has no past to hold forecasts against
    )

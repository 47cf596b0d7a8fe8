"""marts.ltv_backtest_history: how right each night's model was held to be.

Its last night must be what tonight's hold-outs say.
"""

from expectations.guard import GateContext, Suite, equal


def suite(gate: GateContext) -> Suite:
    """Guards of the history of hold-outs."""
    tonight = "select * from marts.ltv_backtest_history where as_of = getvariable('as_of')"
    chosen = "select * from marts.ltv_backtests where is_chosen"
    return Suite(
        (
            equal(
                "orders expected by tonight's hold-outs and in the history",
                f"max((select sum(expected_orders) from ({tonight})))",
                f"(select sum(expected_orders) from ({chosen}))",
                unit="orders",
            ),
        ),
        sources=gate.feeding("orders"),
        may_be_empty=True,
    )

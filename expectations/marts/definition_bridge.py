"""marts.definition_bridge: from revenue by an earlier definition to that of the present one.

Its steps must lead there, to the cent.
"""

from expectations.guard import GateContext, Suite, measure


def suite(gate: GateContext) -> Suite:
    """Guards of the bridge, one row per step; only homes of an earlier definition have one."""
    steps = "(select max(step_number) from marts.definition_bridge)"
    apart = (
        f"case when count(*) > 0 then sum(amount) filter (where step_number < {steps})"
        " - (select sum(net_revenue) from core.orders) end"
    )
    return Suite(
        (
            measure(
                "steps of the bridge less net revenue of orders",
                apart,
                at_least=0,
                at_most=0,
                optional=True,
                unit="money",
            ),
        ),
        sources=gate.feeding("orders"),
        may_be_empty=True,
    )

"""marts.definition_bridge: from revenue by an earlier definition to that of the present one.

Its steps must lead there, to the cent.
"""

from expectations.guard import GateContext, Suite, equal


def suite(gate: GateContext) -> Suite:
    """Guards of the bridge, one row per step; only homes of an earlier definition have one."""
    last = "(select max(step_number) from marts.definition_bridge)"
    return Suite(
        (
            equal(
                "steps of the bridge and net revenue of orders",
                f"sum(amount) filter (where step_number < {last})",
                "select sum(net_revenue) from core.orders",
                unit="money",
            ),
        ),
        sources=gate.feeding("orders"),
        may_be_empty=True,
    )

"""marts.revenue_bridge: how a ledger's total comes down to revenue.

Part by part it must be the ledger, whole.
"""

from expectations.guard import GateContext, Suite, equal


def suite(gate: GateContext) -> Suite:
    """Guards of the bridge, one row per source and part."""
    return Suite(
        (
            equal(
                "lines of the ledgers and of the bridge",
                "sum(lines_count)",
                "select count(*) from core.ledger_lines",
            ),
            equal(
                "money of the ledgers and of the bridge",
                "sum(amount)",
                "select sum(amount) from core.ledger_lines",
                unit="money",
            ),
            equal(
                "revenue of the orders and of the bridge",
                "sum(net_revenue_amount)",
                "select sum(net_revenue_amount) from core.orders"
                " where source_name in (select source_name from core.ledger_lines)",
                unit="money",
            ),
        ),
        sources=gate.feeding("ledger_lines"),
    )

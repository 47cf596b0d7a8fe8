"""marts.attribution: which visits an order's revenue is credited to.

Budgets follow it, so every way must add up to the books.
"""

from expectations.guard import Compared, GateContext, Suite, equal, share, volume

REVENUE = "select sum(net_revenue) from core.orders"


def suite(gate: GateContext) -> Suite:
    """Guards of attribution, one row per order and visit."""
    ways = ("first_touch", "last_touch", "linear", "position_based")
    return Suite(
        (
            *volume(gate),
            *(
                equal(
                    f"revenue of core and of {way.replace('_', ' ')} credits",
                    f"sum({way}_credit)",
                    REVENUE,
                    unit="money",
                )
                for way in ways
            ),
            # Without visits nothing is attributed: the tracker, or what ties it to
            # customers, has stopped.
            share(
                "orders without a visit",
                "session_id is null",
                severity="warning",
                compared=Compared(rise=0.5),
            ),
        ),
        sources=gate.feeding("orders"),
    )

"""core.checkouts: carts.

The abandoned ones become messages, so both ends of the share are looked at.
"""

from expectations.guard import Compared, GateContext, Suite, carried, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of checkouts."""
    return Suite(
        (
            *volume(gate),
            *carried(
                gate.staged("checkouts"),
                money=("total_amount", "total_amount"),
            ),
            share(
                "completed checkouts",
                "is_completed",
                at_most=0.999,
                severity="warning",
                compared=Compared(drop=0.3, rise=0.5),
            ),
        ),
        sources=gate.feeding("checkouts"),
        may_be_empty=True,
    )

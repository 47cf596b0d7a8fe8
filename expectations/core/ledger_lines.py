"""core.ledger_lines: sales ledgers, line by line.

A line that is dropped, or taken for something else, moves revenue.
"""

from expectations.guard import Compared, GateContext, Suite, carried, none, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of ledger lines."""
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("ledger_lines"), money=("amount", "amount")),
            none(
                "more revenue in a line than the line has",
                "abs(net_revenue_amount) > abs(amount) or net_revenue_amount * amount < 0",
            ),
            # A ledger gets new codes: what nobody has classified is in no revenue,
            # and must stay rare.
            share(
                "lines that nobody has classified",
                "ledger_part = 'unclassified'",
                at_most=0.05,
                compared=Compared(rise=1.0),
            ),
        ),
        sources=gate.feeding("ledger_lines"),
    )

"""core.product_variants: what is sold and what it costs the shop; margins are reckoned with it."""

from expectations.guard import Compared, GateContext, Suite, carried, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of variants, one row each."""
    return Suite(
        (
            *volume(gate, grows=False),
            *carried(gate.staged("variants"), money=("price_amount", "price_amount")),
            share(
                "variants sold under cost",
                "unit_cost_amount > price_amount",
                at_most=0.2,
                severity="warning",
            ),
            share(
                "variants with a cost",
                "unit_cost_amount is not null",
                severity="warning",
                compared=Compared(drop=0.2),
            ),
        ),
        sources=gate.feeding("variants"),
        may_be_empty=True,
    )

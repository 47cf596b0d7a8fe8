"""core.products: what the shops sell."""

from expectations.guard import GateContext, Suite, carried, volume


def suite(gate: GateContext) -> Suite:
    """Guards of products."""
    return Suite(
        (*volume(gate), *carried(gate.staged("products"))),
        sources=gate.feeding("products"),
        may_be_empty=True,
    )

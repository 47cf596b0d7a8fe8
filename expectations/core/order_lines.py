"""core.order_lines: what was bought, and whether orders kept their lines."""

from dataclasses import replace

from expectations.guard import (
    FEW_ROWS,
    Compared,
    GateContext,
    Suite,
    carried,
    measure,
    of_enough,
    share,
    volume,
)


def suite(gate: GateContext) -> Suite:
    """Guards of order lines."""
    bare = (
        "(select count(*) from core.orders where line_items_amount > 0"
        " and order_id not in (select order_id from core.order_lines))"
    )
    orders = "(select count(*) from core.orders)"
    charges = ("core.charge_orders",) if gate.has("core.charge_orders") else ()
    told = (*gate.staged("order_lines"), *charges)
    with_product = "product_id is not null"
    if charges:  # the line of a charge that is an order names no product
        with_product += " or order_line_id in (select order_id from core.charge_orders)"
    return Suite(
        (
            *volume(gate),
            *carried(told, money=("gross_amount", "quantity * unit_amount")),
            # A few are findings (order_unlike_its_lines). This sees that lines were lost on the
            # way, also when none is left.
            replace(
                measure(
                    "orders without lines",
                    f"case when {orders} >= {FEW_ROWS}"
                    f" then if({bare} >= {FEW_ROWS}, {bare} / {orders}, 0) end",
                    at_most=0.01,
                    optional=True,
                    unit="share",
                ),
                when_empty=True,
            ),
            measure(
                "lines per order",
                of_enough("count(*) / count(distinct order_id)"),
                at_most=50,
                optional=True,
                compared=Compared(drop=0.2, rise=0.2),
                unit="lines",
            ),
            share("lines with a product", with_product, at_least=0.8, severity="warning"),
            share(
                "lines of which the cost is known",
                "is_cost_known",
                severity="warning",
                compared=Compared(drop=0.2),
            ),
            share(
                "quantities between 1 and 1000",
                "quantity between 1 and 1000",
                at_least=0.99,
                severity="warning",
            ),
        ),
        sources=gate.feeding("order_lines"),
    )

"""marts.product_affinities: what customers like.

Without types of goods, or with one for all, it says nothing.
"""

from expectations.guard import Compared, GateContext, Suite, measure, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of favourites, one row per buyer of goods of a known type."""
    buyers = "(select count(*) from marts.purchase_histories)"
    return Suite(
        (
            *volume(gate),
            measure(
                "share of buyers with a favourite",
                f"count(*) / nullif({buyers}, 0)",
                severity="warning",
                compared=Compared(drop=0.2),
                unit="share",
            ),
            none(
                "favourites of nobody who bought",
                "customer_id not in (select customer_id from marts.purchase_histories)",
            ),
        ),
        sources=gate.feeding("products"),
    )

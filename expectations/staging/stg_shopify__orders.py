"""staging.stg_shopify__orders: nothing of raw is lost on the way, and nothing is made."""

from expectations.guard import GateContext, Suite, equal, volume

SOURCES = ("shopify",)


def suite(gate: GateContext) -> Suite:
    """Guards of the shop's orders, one row each."""
    return Suite(
        (
            *volume(gate),
            equal(
                "orders of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.shopify_orders",
            ),
        ),
        sources=SOURCES,
    )

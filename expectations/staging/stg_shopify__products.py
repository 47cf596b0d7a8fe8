"""staging.stg_shopify__products: products against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the shop's products, one row each."""
    keys = "select count(distinct (_source, id)) from raw_by_kind.shopify_products"
    return Suite(
        (*volume(gate), equal("products of raw and of staging", "count(*)", keys)),
        sources=("shopify",),
        may_be_empty=True,
    )

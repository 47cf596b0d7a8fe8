"""staging.stg_shopify__customers: accounts against raw, and whether they still say who they are."""

from expectations.guard import Compared, GateContext, Suite, equal, living, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the shop's accounts, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "accounts of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.shopify_customers",
            ),
            share(
                "accounts with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.3,
                compared=Compared(drop=0.1),
            ),
        ),
        sources=("shopify",),
    )

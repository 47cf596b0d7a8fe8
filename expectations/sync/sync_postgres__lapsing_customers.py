"""sync.sync_postgres__lapsing_customers: the last look before rows leave the house."""

from expectations.contact_points import looks_wrong, only_test_orders
from expectations.guard import GateContext, Suite, equal, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the list of lapsing customers."""
    return Suite(
        (
            *volume(gate, grows=False),
            equal(
                "members of the segment and rows of the list",
                "count(*)",
                "select count(*) from segments.seg_lapsing",
            ),
            none("e-mail addresses look like it", looks_wrong("email", "email")),
            none("no test accounts", only_test_orders("customer_id")),
        ),
        may_be_empty=True,
    )

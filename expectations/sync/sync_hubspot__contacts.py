"""sync.sync_hubspot__contacts: the last look before rows leave the house."""

from expectations.contact_points import looks_wrong, only_test_orders
from expectations.guard import GateContext, Suite, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of what HubSpot is to know."""
    return Suite(
        (
            *volume(gate, grows=False),
            none("e-mail addresses look like it", looks_wrong("email", "email")),
            none("no test accounts", only_test_orders("customer_id")),
        ),
        may_be_empty=True,
    )

"""sync.sync_smtp_email__cart_mails: the last look before a mail about a cart leaves the house."""

from expectations.contact_points import looks_wrong, only_test_orders
from expectations.guard import GateContext, Suite, equal, none

HELD_OUT = """
    select customers.email
    from segments.cart_flows
    inner join core.customers using (customer_id)
    where cart_flows.flow = 'holdout' and customers.email is not null
"""


def suite(gate: GateContext) -> Suite:
    """Guards of the mails about abandoned carts."""
    return Suite(
        (
            none("e-mail addresses look like it", looks_wrong("email", "email")),
            none("every text holds the way back", "not contains(\"text\", '://')"),
            none("nobody who is held out", f"email in ({HELD_OUT})"),
            equal(
                "mailboxes and mails to them",
                "count(email)",
                "select count(distinct email) from sync.sync_smtp_email__cart_mails",
            ),
            none("no test accounts", only_test_orders("customer_id")),
        ),
        may_be_empty=True,
    )

"""sync.sync_twilio_sms__cart_messages:
the last look before an SMS about a cart leaves the house."""

from expectations.contact_points import looks_wrong, only_test_orders
from expectations.guard import GateContext, Suite, none


def suite(gate: GateContext) -> Suite:
    """Guards of the SMS about abandoned carts."""
    other_flow = (
        "checkout_id not in (select checkout_id from segments.cart_flows"
        " where flow = 'mail_then_sms')"
    )
    return Suite(
        (
            none("numbers look like it", looks_wrong("phone", "phone")),
            none("every text holds the way back", "not contains(body, '://')"),
            none("nobody of another flow", other_flow),
            none("no test accounts", only_test_orders("customer_id")),
        ),
        may_be_empty=True,
    )

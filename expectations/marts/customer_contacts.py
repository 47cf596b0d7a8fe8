"""marts.customer_contacts: tickets, ratings and messages by customer.

What is counted here is what service and marketing see.
"""

from expectations.guard import GateContext, Suite, equal, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of contacts, one row per customer who wrote or was written to."""
    messages = (
        "select count(*) from core.messages where customer_id is not null"
        " and message_event = 'received'"
    )
    return Suite(
        (
            *volume(gate),
            equal(
                "tickets of core and of the contacts",
                "sum(tickets_count)",
                "select count(*) from core.tickets where customer_id is not null",
            ),
            equal("messages of core and of the contacts", "sum(messages_count)", messages),
            none("more open tickets than tickets", "open_tickets_count > tickets_count"),
            none("satisfaction outside 0 to 1", "satisfaction_rate not between 0 and 1"),
        ),
        sources=("zendesk", "klaviyo"),
    )

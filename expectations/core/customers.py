"""core.customers: one row per person.

Looked at: are they all there, and can they still be reached and recognised.
"""

from expectations.contact_points import looks_wrong
from expectations.guard import Compared, GateContext, Suite, equal, none, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of customers. Personal columns are counted, never shown."""
    return Suite(
        (
            *volume(gate, grows=False),
            equal(
                "customers of identity and of core",
                "count(*)",
                "select count(distinct customer_id) from identity.identity_map",
            ),
            share("identified customers", "is_identified", compared=Compared(drop=0.3, rise=0.5)),
            share(
                "customers with an e-mail address",
                "email is not null",
                compared=Compared(drop=0.2, rise=0.5),
            ),
            share(
                "customers with a phone number",
                "phone is not null",
                severity="warning",
                compared=Compared(drop=0.3, rise=1.0),
            ),
            none("e-mail addresses look like it", looks_wrong("email", "email")),
            none("phone numbers are in E.164", looks_wrong("phone", "phone")),
            none(
                "nobody was seen after the night",
                "last_seen_at > getvariable('as_of') + interval 1 day",
            ),
        )
    )

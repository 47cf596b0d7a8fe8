"""core.messages: what became of messages; an unsubscription that is lost here is a letter to
somebody who said no."""

from expectations.guard import Compared, GateContext, Suite, equal, none, share, volume

KNOWN = """
    select count(*)
    from staging.stg_klaviyo__events
    join staging.stg_klaviyo__metrics using (metric_id)
    where message_event is not null
"""


def suite(gate: GateContext) -> Suite:
    """Guards of message events, one row each."""
    return Suite(
        (
            *volume(gate),
            equal("events of staging and of core", "count(*)", KNOWN),
            share(
                "messages of a known customer",
                "customer_id is not null",
                at_least=0.5,
                severity="warning",
                compared=Compared(drop=0.2),
            ),
            none(
                "unsubscriptions without an address",
                "message_event in ('unsubscribed', 'complained') and contact_point is null",
                severity="warning",
            ),
            share(
                "bounces among all events",
                "message_event = 'bounced'",
                at_most=0.1,
                severity="warning",
                compared=Compared(rise=2.0),
            ),
        ),
        sources=("klaviyo",),
        may_be_empty=True,
    )

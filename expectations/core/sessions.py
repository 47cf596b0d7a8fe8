"""core.sessions: visits.

Looked at: events neither lost nor counted twice, and whether visits are still of this world.
"""

from expectations.freshness import fresh
from expectations.guard import (
    Compared,
    GateContext,
    Suite,
    equal,
    measure,
    of_enough,
    share,
    volume,
)


def suite(gate: GateContext) -> Suite:
    """Guards of sessions."""
    events = (
        "select count(*) from staging.stg_web__events where anonymous_id is not null"
        " or user_id is not null"
    )
    return Suite(
        (
            *volume(gate),
            equal("events of staging and of sessions", "sum(events_count)", events),
            fresh(gate, "session_date", "web"),
            share(
                "sessions of somebody identified",
                "customer_id in (select customer_id from core.customers where is_identified)",
                at_least=0.02,
                compared=Compared(drop=0.3, rise=1.0),
            ),
            measure(
                "events per session",
                of_enough("sum(events_count) / count(*)"),
                optional=True,
                at_least=1,
                at_most=500,
                compared=Compared(drop=0.3, rise=0.5),
                unit="events",
            ),
            measure(
                "minutes of the median session",
                "median(date_diff('second', started_at, ended_at)) / 60",
                at_most=240,
                severity="warning",
                unit="minutes",
            ),
        ),
        sources=("web",),
    )

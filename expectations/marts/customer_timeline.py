"""marts.customer_timeline: what service reads before it answers.

A story with a hole in it is worse than none.
"""

from expectations.guard import GateContext, Suite, equal, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the timeline, one row per customer and touch."""
    return Suite(
        (
            *volume(gate),
            equal(
                "orders of core and of the timeline",
                "count(*) filter (where touch_type = 'order')",
                "select count(*) from core.orders where not is_test and customer_id is not null",
            ),
            equal(
                "visits and touches that are visits",
                "count(*) filter (where touch_type = 'visit')",
                "select count(*) from marts.touchpoints where customer_id is not null",
            ),
            equal(
                "tickets and touches that are tickets",
                "count(*) filter (where touch_type = 'ticket')",
                "select count(*) from core.tickets where customer_id is not null",
            ),
            none(
                "touches after the night",
                "occurred_at > getvariable('as_of') + interval 1 day",
                severity="warning",
            ),
        ),
        may_be_empty=True,  # people whom only a CRM knows have no story yet
    )

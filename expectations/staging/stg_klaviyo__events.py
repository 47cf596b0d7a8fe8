"""staging.stg_klaviyo__events: what became of messages against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the e-mail tool's events, one row each."""
    return Suite(
        (
            *volume(gate),
            equal(
                "events of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.klaviyo_events",
            ),
        ),
        sources=("klaviyo",),
        may_be_empty=True,
    )

"""staging.stg_klaviyo__events: what became of messages against raw,
and whether every kind is known."""

from expectations.guard import GateContext, Suite, equal, none, volume


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
            none(
                "events of a kind that was not delivered",
                "metric_id not in (select metric_id from staging.stg_klaviyo__metrics)",
                severity="critical",
            ),
        ),
        sources=("klaviyo",),
        may_be_empty=True,
    )

"""staging.stg_web__events: events against raw, and clocks that run ahead."""

from expectations.guard import GateContext, Suite, measure, share, volume

# Above so many events, counting distinct ids costs more than it tells: rows are then held to lie
# between bounds only.
COUNTABLE = 5_000_000


def suite(gate: GateContext) -> Suite:
    """Guards of web events, one row each."""
    delivered = "(select count(*) from raw_by_kind.web_events)"
    if gate.row_count <= COUNTABLE:
        kept = measure(
            "events of raw and of staging",
            "abs(count(*) - "
            "(select count(distinct _prefix || message_id) from raw_by_kind.web_events))",
            at_most=0,
            unit="events",
        )
    else:
        kept = measure(
            "events of staging per call of raw",
            f"count(*) / {delivered}",
            at_least=0.8,
            at_most=1,
            unit="share",
        )
    return Suite(
        (
            *volume(gate),
            kept,
            share("events dated in the future", "is_future", at_most=0.01, severity="warning"),
        ),
        sources=("web",),
    )

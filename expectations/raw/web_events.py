"""raw.web_events, beyond what every raw table has: the clock of the tracker,
and whom it recognises."""

from expectations.guard import Compared, GateContext, Suite, measure, of_enough, share
from expectations.raw_default import as_many_values
from expectations.shapes import sampled


def suite(gate: GateContext) -> Suite:
    """Guards of the tracker's calls as delivered."""
    return Suite(
        (
            # A browser's clock may be wrong, half of all browsers' clocks cannot:
            # that is a time zone.
            measure(
                "median seconds between event and receipt",
                of_enough(
                    'median(epoch(received_at) - epoch("timestamp"))'
                    f" {sampled(gate.row_count, 'message_id')}"
                ),
                optional=True,
                at_least=-600,
                at_most=1800,
                unit="seconds",
            ),
            as_many_values(gate, "anonymous_id"),
            share("events of a known device", "anonymous_id is not null", at_least=0.5),
            share(
                "events of somebody logged in",
                "user_id is not null",
                severity="warning",
                compared=Compared(drop=0.5, rise=1.0),
            ),
            share("page views", "type = 'page'", at_least=0.05, at_most=0.99, severity="warning"),
        )
    )

"""The suite that every segment has: a new segment is one SQL file,
and its size is guarded from its first night on."""

from expectations.guard import Compared, GateContext, Suite, measure, of_enough, volume

# Sizes from which on a change is more than chance.
LARGE_SEGMENT = 100


def suite(gate: GateContext) -> Suite:
    """Guards of one segment's members."""
    past = tuple(count for count in gate.past_row_counts[:7] if count >= LARGE_SEGMENT)
    known = "(select count(*) from core.customers where is_identified)"
    return Suite(
        (
            *volume(gate, grows=False),
            measure(
                "members not many times more than usual",
                "count(*)",
                compared=Compared(rise=2.0, past=past),
                unit="members",
            ),
            measure(
                "members as usual",
                "count(*)",
                severity="warning",
                compared=Compared(drop=0.25, rise=0.5, past=past),
                unit="members",
            ),
            # A condition that was lost takes everybody in; in a small shop everybody may belong.
            measure(
                "share of the identified customers",
                of_enough(f"count(*) / {known}", known),
                at_most=gate.threshold("segment_share", 0.5),
                optional=True,
                unit="share",
            ),
        ),
        may_be_empty=True,
    )

"""segments.memberships: all segments in one table, from which deliveries and the history
of members are made."""

from expectations.guard import GateContext, Suite, equal


def suite(gate: GateContext) -> Suite:
    """Guards of memberships."""
    segments = sorted(
        name.removeprefix("segments.seg_")
        for name in gate.relations
        if name.startswith("segments.seg_")
    )
    counts = [f"(select count(*) from segments.seg_{name})" for name in segments]
    counted = " + ".join(counts) or "0"
    return Suite(
        (equal("members of the segments and of memberships", "count(*)", counted),),
        may_be_empty=True,
    )

"""segments.memberships: all segments in one table, from which deliveries and the history
of members are made. Who was deleted at the source is a member of none."""

from expectations.guard import GateContext, Suite, equal


def suite(gate: GateContext) -> Suite:
    """Guards of memberships."""
    segments = sorted(
        name.removeprefix("segments.seg_")
        for name in gate.relations
        if name.startswith("segments.seg_")
    )
    living = "where customer_id not in (select customer_id from core.deleted_customers)"
    counts = [f"(select count(*) from segments.seg_{name} {living})" for name in segments]
    counted = " + ".join(counts) or "0"
    return Suite(
        (equal("members of the segments and of memberships", "count(*)", counted),),
        may_be_empty=True,
    )

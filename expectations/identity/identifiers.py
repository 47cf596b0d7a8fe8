"""identity.identifiers: what identity may match on.

Missing or refused identifiers split people, a wave of equal ones melts them.
"""

from expectations.guard import Compared, GateContext, Suite, measure, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of normalised identifiers, one row per record and identifier."""
    guards = [
        *volume(gate),
        share(
            "identifiers refused",
            "rejection_reason is not null",
            at_most=0.4,
            compared=Compared(rise=1.0),
        ),
    ]
    for kind in ("email", "phone"):
        of_kind = f"identifier_type = '{kind}'"
        refused = (
            f"count(*) filter (where {of_kind} and rejection_reason is not null) /"
            f" nullif(count(*) filter (where {of_kind}), 0)"
        )
        guards += [
            measure(
                f"accepted {kind} values per record",
                (
                    f"count(*) filter (where {of_kind} and rejection_reason is null) /"
                    " count(distinct record_id)"
                ),
                compared=Compared(drop=0.3, rise=0.5),
            ),
            measure(f"{kind} values refused", refused, at_most=0.5, optional=True),
        ]
    return Suite(tuple(guards), sources=gate.feeding("people"))

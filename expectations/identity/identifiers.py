"""identity.identifiers: what identity may match on.

Missing or refused identifiers split people, a wave of equal ones melts them.
"""

from expectations.guard import Compared, GateContext, Suite, measure, of_enough, share, volume


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
        all_of_kind = f"count(*) filter (where {of_kind})"
        refused = f"count(*) filter (where {of_kind} and rejection_reason is not null)"
        accepted = f"count(*) filter (where {of_kind} and rejection_reason is null)"
        guards += [
            measure(
                f"accepted {kind} values per record",
                of_enough(f"{accepted} / count(distinct record_id)"),
                compared=Compared(drop=0.3, rise=0.5),
                optional=True,
                unit="values",
            ),
            measure(
                f"{kind} values refused",
                of_enough(f"{refused} / {all_of_kind}", all_of_kind),
                at_most=0.5,
                optional=True,
                unit="share",
            ),
        ]
    return Suite(tuple(guards), sources=gate.feeding("people"))

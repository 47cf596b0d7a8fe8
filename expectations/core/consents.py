"""core.consents: who may be written to.

An error here is a letter to somebody who said no, or silence to everybody.
"""

from expectations.guard import FEW_ROWS, Compared, GateContext, Suite, measure, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of current consents, one row per contact point, channel and purpose."""
    reachable = [
        measure(
            f"contact points that may be reached by {channel}",
            f"count(*) filter (where is_granted and channel = '{channel}')",
            compared=Compared(drop=0.5, rise=1.0, at_least=FEW_ROWS),
            unit="contact points",
        )
        for channel in ("email", "sms", "ads")
    ]
    return Suite(
        (
            *volume(gate),
            *reachable,
            share(
                "consents that are granted",
                "is_granted",
                at_least=gate.threshold("least_granted_share", 0.01),
                at_most=gate.threshold("most_granted_share", 0.995),
                compared=Compared(drop=0.3, rise=0.3),
            ),
            measure(
                "decisions per consent",
                "sum(decisions_count) / count(*)",
                at_most=20,
                severity="warning",
                unit="decisions",
            ),
        ),
        sources=("consent",),
    )

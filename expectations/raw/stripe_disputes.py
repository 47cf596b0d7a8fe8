"""raw.stripe_disputes, beyond what every raw table has: states that are known."""

from expectations.guard import GateContext, Suite, none

STATES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "charge_refunded",
    "won",
    "lost",
    "prevented",
)


def suite(gate: GateContext) -> Suite:
    """Guards of the payment provider's disputes as delivered."""
    known = ", ".join(f"'{state}'" for state in STATES)
    # A state that nobody knows counts as open: its money as gone.
    return Suite(
        (none("states that are not known", f"status not in ({known})", severity="warning"),)
    )

"""core.disputes: what cardholders took back; it lowers revenue."""

from expectations.guard import GateContext, Suite, carried, no_rows, volume


def suite(gate: GateContext) -> Suite:
    """Guards of disputes, one row each."""
    flagged = """
        select charge_id from core.charges
        where is_live and is_disputed and charge_id not in (select charge_id from core.disputes)
    """
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("disputes"), money=("amount", "amount")),
            no_rows("flagged charges without a dispute", flagged, severity="warning"),
        ),
        sources=gate.feeding("disputes"),
        may_be_empty=True,
    )

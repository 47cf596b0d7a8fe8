"""core.charges: the payment provider's own books."""

from expectations.guard import Compared, GateContext, Suite, carried, measure, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of charges."""
    return Suite(
        (
            *volume(gate),
            *carried(
                ("staging.stg_stripe__charges",),
                money=("captured_amount", "captured_amount"),
            ),
            # Of a handful of charges one dispute is no sign of anything.
            measure(
                "disputed charges",
                "case when count(*) >= 100 then count(*) filter (where is_disputed) / count(*) end",
                at_most=0.05,
                severity="warning",
                compared=Compared(rise=2.0),
                optional=True,
                unit="share",
            ),
            share(
                "failed charges",
                "status = 'failed'",
                at_most=0.5,
                severity="warning",
                compared=Compared(rise=1.0),
            ),
        ),
        sources=("stripe",),
    )

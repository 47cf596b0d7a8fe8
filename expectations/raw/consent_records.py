"""raw.consent_records, beyond what every raw table has:
a column that turned constant would send mail to people who said no."""

from expectations.guard import GateContext, Suite, measure, share
from expectations.shapes import share_against_before


def suite(gate: GateContext) -> Suite:
    """Guards of consent decisions as delivered."""
    withdrawn = share_against_before("lower(trim(state)) <> 'granted'", gate.name)
    return Suite(
        (
            measure(
                "withdrawals in the newest file against before",
                withdrawn,
                at_least=0.1,
                optional=True,
                unit="times",
            ),
            share(
                "decisions that are grants",
                "lower(trim(state)) = 'granted'",
                at_least=gate.threshold("least_granted_share", 0.01),
                at_most=gate.threshold("most_granted_share", 0.995),
            ),
        )
    )

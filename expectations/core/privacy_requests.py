"""core.privacy_requests: deadlines of the law.

Late ones are shown every night until they are answered.
"""

from expectations.guard import GateContext, Suite, carried, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of privacy requests, one row each."""
    return Suite(
        (
            *volume(gate),
            *carried(("staging.stg_privacy__requests",)),
            none("open requests past their day", "is_open and days_left < 0", severity="warning"),
            none(
                "open requests of nobody, or of several",
                "is_open and customers_count <> 1",
                severity="warning",
            ),
        ),
        sources=("privacy",),
        may_be_empty=True,
    )

"""staging.stg_privacy__requests: requests about personal data against raw.

One that is lost here is a deadline missed.
"""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of privacy requests, one row each."""
    return Suite(
        (
            *volume(gate),
            equal(
                "requests of raw and of staging",
                "count(*)",
                "select count(distinct (_source, request_id)) from raw_by_kind.privacy_requests",
            ),
        ),
        sources=("privacy",),
        may_be_empty=True,
    )

"""staging.stg_consent__records: every decision arrives;
a lost withdrawal is a letter that must not be sent."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of consent decisions, one row each."""
    raw = "raw_by_kind.consent_records"
    return Suite(
        (
            *volume(gate),
            equal(
                "decisions of raw and of staging",
                "count(*)",
                f"select count(distinct (_source, record_id)) from {raw}",
            ),
        ),
        sources=("consent",),
    )

"""staging.stg_klaviyo__profiles: profiles of the e-mail tool against raw."""

from expectations.guard import Compared, GateContext, Suite, equal, living, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of profiles, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "profiles of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.klaviyo_profiles",
            ),
            share(
                "profiles with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.1,
                compared=Compared(drop=0.2),
            ),
        ),
        sources=("klaviyo",),
        may_be_empty=True,
    )

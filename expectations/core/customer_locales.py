"""core.customer_locales: language and time zone by customer.

A language that is none would write to people in no language.
"""

from expectations.guard import GateContext, Suite, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of languages and time zones."""
    return Suite(
        (
            *volume(gate),
            none(
                "languages that are no ISO 639 code",
                "not regexp_matches(language_code, '^[a-z]{2,3}$')",
                severity="warning",
            ),
        ),
        sources=("zendesk",),
    )

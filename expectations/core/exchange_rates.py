"""core.exchange_rates: what a currency is worth in the reporting currency.

A wrong rate is wrong revenue in every figure.
"""

from expectations.guard import GateContext, Suite, expect, measure, none


def suite(gate: GateContext) -> Suite:
    """Guards of rates, one row per currency and day."""
    steps = """(
        select max(abs(exchange_rate / nullif(earlier, 0) - 1))
        from (
            select
                exchange_rate,
                lag(exchange_rate) over (partition by currency_code order by rate_date) as earlier
            from core.exchange_rates
            where rate_date > getvariable('as_of_date') - 90
        )
    )"""
    return Suite(
        (
            none(
                "currencies are in ISO 4217",
                "currency_code not in (select currency_code from seeds.currencies)",
            ),
            expect(
                "rates are plausible",
                "ExpectColumnValuesToBeBetween",
                column="exchange_rate",
                min_value=1e-7,
                max_value=1e4,
            ),
            measure(
                "largest step between two days of 90",
                steps,
                at_most=0.3,
                severity="warning",
                optional=True,
                unit="share",
            ),
            measure(
                "days since a rate was published",
                "date_diff('day', max(published_on), getvariable('as_of_date'))",
                at_most=max(7, gate.source("ecb").freshness_days),
                severity="warning",
                optional=True,
                unit="days",
            ),
        ),
        sources=("ecb", *gate.feeding("orders", "ad_spend")),
    )

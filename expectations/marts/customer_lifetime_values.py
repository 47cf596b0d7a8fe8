"""marts.customer_lifetime_values: what customers brought, and are expected to bring.

Budgets are set by it, so it must add up to the revenue of the orders.
"""

from expectations.guard import (
    Compared,
    GateContext,
    Suite,
    equal,
    measure,
    of_enough,
    share,
    volume,
)

REVENUE = "select sum(net_revenue) from core.orders where placed_date <= getvariable('as_of_date')"
REVENUE_OF_BUYERS = (
    f"{REVENUE} and customer_id in (select customer_id from marts.purchase_histories)"
)


def suite(gate: GateContext) -> Suite:
    """Guards of lifetime values, one row per buyer."""
    predicted = "sum(predicted_revenue_365_days)"
    return Suite(
        (
            *volume(gate),
            equal(
                "revenue of core's buyers and of lifetime values",
                "sum(historic_revenue)",
                REVENUE_OF_BUYERS,
                unit="money",
            ),
            measure(
                "mean probability of being alive",
                "avg(probability_alive)",
                at_least=0.005,
                at_most=0.995,
                severity="warning",
                optional=True,
                unit="share",
            ),
            measure(
                "forecast of a year against all revenue so far",
                of_enough(f"{predicted} / nullif(sum(historic_revenue), 0)"),
                optional=True,
                at_least=0,
                at_most=10,
                unit="times",
            ),
            measure(
                "forecast of a year's net revenue",
                predicted,
                severity="warning",
                compared=Compared(drop=0.2, rise=0.3),
                unit="money",
            ),
            measure(
                "forecast of a year's net revenue, far off",
                of_enough(predicted),
                optional=True,
                compared=Compared(drop=0.8, rise=4.0),
                unit="money",
            ),
            share(
                "forecasts by a fallback",
                "is_fallback",
                severity="warning",
                compared=Compared(rise=0.5),
            ),
        ),
        sources=gate.feeding("orders"),
    )

"""core.ad_spend: what advertising cost. Acquisition cost divides by it."""

from expectations.guard import FEW_ROWS, GateContext, Guard, Suite, carried, measure, volume
from expectations.shapes import last_week

# A click costs some thousandth of an order, give or take a factor of a hundred; millionths of the
# currency taken for units are a million times off.
CHEAPEST, DEAREST = 0.000001, 100
ENOUGH = 7  # days of campaigns with clicks


def suite(gate: GateContext) -> Suite:
    """Guards of ad spend, one row per campaign and day."""
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("ad_spend"), money=("cost_amount", "cost_amount")),
            *_clicks(),
            measure(
                "spend of the last week against four before",
                last_week("avg(spend)", "spend_date", "core.ad_spend", enough=7),
                at_least=0.1,
                at_most=10,
                severity="warning",
                optional=True,
                unit="times",
            ),
        ),
        sources=gate.feeding("ad_spend"),
    )


def _clicks() -> list[Guard]:
    """The unit of the cost, account by account: millionths taken for units, or the other way round.

    Held against what an order is usually worth. An amount would be another one in every currency:
    a click may cost thousands of rupiah.
    """
    order = (
        "(select median(gross_amount * exchange_rate) from core.orders"
        f" where gross_amount > 0 and not is_test having count(exchange_rate) >= {FEW_ROWS})"
    )
    # A row's own, and the median of them: one row that is wrong moves it little.
    click = "spend / nullif(clicks_count, 0)"
    of_accounts = (
        f"select median({click}) / {order} as orders from core.ad_spend"
        f" group by source_name, account_id having count({click}) >= {ENOUGH}"
    )
    return [
        measure(
            f"cost of a click, {which} account",
            f"(select {extreme}(orders) from ({of_accounts}))",
            at_least=CHEAPEST,
            at_most=DEAREST,
            optional=True,
            unit="times an order",
        )
        for which, extreme in (("cheapest", "min"), ("dearest", "max"))
    ]

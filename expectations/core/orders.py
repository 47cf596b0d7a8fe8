"""core.orders: the one place where revenue is defined;
every figure of money further on adds this table up."""

from expectations.freshness import newest
from expectations.guard import (
    Compared,
    GateContext,
    Guard,
    Suite,
    carried,
    measure,
    of_enough,
    share,
    volume,
)
from expectations.shapes import last_week


def suite(gate: GateContext) -> Suite:
    """Guards of orders with their money."""
    return Suite(
        (*volume(gate), *_reconciled(gate), *_plausible(gate), *_revenue()),
        sources=gate.feeding("orders"),
    )


def _reconciled(gate: GateContext) -> list[Guard]:
    # A charge that no shop knows may be an order, too.
    charges = ("core.charge_orders",) if gate.has("core.charge_orders") else ()
    guards = carried((*gate.staged("orders"), *charges), money=("gross_amount", "gross_amount"))
    if gate.enabled("stripe") and gate.has("core.charges"):
        # What Stripe took against what the shop says Stripe took, as a share of it; single
        # differences are listed by dbt's tests.
        stripe = (
            "(select sum(captured_amount) from core.charges"
            " where is_live and order_id is not null and not is_order)"
        )
        shop = (
            "(select sum(amount) from core.payments where movement = 'captured'"
            " and gateway = 'stripe')"
        )
        difference = f"abs({stripe} - {shop}) / nullif({shop}, 0)"
        guards.append(
            measure(
                "Stripe's captures against the shop's",
                difference,
                at_most=0.05,
                severity="warning",
                optional=True,
                unit="share",
            )
        )
    return guards


def _plausible(gate: GateContext) -> list[Guard]:
    shops = gate.feeding("orders")
    return [
        share(
            "orders of an identified customer",
            "customer_id in (select customer_id from core.customers where is_identified)",
            at_least=gate.threshold("identified_orders_share", 0.9),
            compared=Compared(drop=0.05),
        ),
        measure(
            "customers who ordered",
            of_enough("count(distinct customer_id)"),
            compared=Compared(drop=0.3),
            optional=True,
            unit="customers",
        ),
        # All orders moved to other days: what a shop sells in a quarter does not vanish in a night.
        measure(
            "orders of the last 90 days",
            of_enough(
                "count(*) filter (where placed_date between getvariable('as_of_date') - 89"
                " and getvariable('as_of_date'))"
            ),
            compared=Compared(drop=0.8),
            optional=True,
            unit="orders",
        ),
        # In the reporting currency: some shops' orders are of millions in their own.
        share(
            "orders are worth between 0 and a million",
            "gross_amount >= 0 and coalesce(gross_amount * exchange_rate, 0) <= 1000000",
            at_least=0.98,
        ),
        newest(
            "days since the last order",
            "placed_date",
            max(3, *(gate.source(kind).freshness_days for kind in shops if gate.enabled(kind)), 0),
            "critical" if any(gate.source(kind).required for kind in shops) else "warning",
        ),
        share("test orders", "is_test", at_most=0.2, severity="warning"),
        share(
            "orders that are purchases", "is_purchase", at_least=0.2, compared=Compared(drop=0.2)
        ),
    ]


def _revenue() -> list[Guard]:
    # One order of a billion says nothing about a night: it counts at most ten times what all but
    # one in a hundred are worth.
    worth = "select quantile_disc(abs(net_revenue), 0.99) from core.orders where net_revenue <> 0"
    most = f"10 * ({worth})"
    total = f"sum(greatest(least(net_revenue, {most}), -{most}))"
    return [
        measure(
            "net revenue, the largest orders capped",
            of_enough(total),
            compared=Compared(drop=0.2, rise=1.0),
            optional=True,
            unit="money",
        ),
        measure(
            "margin as a share of net revenue",
            "sum(margin) / nullif(sum(net_revenue), 0)",
            at_most=1,
            severity="warning",
            compared=Compared(drop=0.1, rise=0.1),
            optional=True,
            unit="share",
        ),
        measure(
            "net revenue as usual, the largest orders capped",
            total,
            severity="warning",
            compared=Compared(drop=0.02, rise=0.2),
            unit="money",
        ),
        measure(
            "refunded share of captures",
            "sum(refunded_amount) / nullif(sum(captured_amount), 0)",
            at_most=0.5,
            severity="warning",
            compared=Compared(rise=0.5),
            optional=True,
            unit="share",
        ),
        measure(
            "net order value of the last week against four before",
            last_week(
                "median(net_revenue) filter (where is_purchase)", "placed_date", "core.orders"
            ),
            at_least=0.2,
            at_most=5,
            optional=True,
            unit="times",
        ),
        measure(
            "net revenue of the last week against four before",
            last_week(
                "sum(net_revenue) / count(distinct placed_date)", "placed_date", "core.orders"
            ),
            at_least=0.2,
            at_most=5,
            severity="warning",
            optional=True,
            unit="times",
        ),
    ]

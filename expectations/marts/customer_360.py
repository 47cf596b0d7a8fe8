"""marts.customer_360: the record that service, sales and marketing look at.

Everybody once, with the money of the books.
"""

from expectations.guard import Compared, GateContext, Suite, equal, share
from expectations.marts.customer_lifetime_values import REVENUE


def suite(gate: GateContext) -> Suite:
    """Guards of customer records."""
    return Suite(
        (
            equal(
                "customers of core and of the customer record",
                "count(*)",
                "select count(*) from core.customers",
            ),
            equal(
                "revenue of core and of the customer record",
                "sum(historic_revenue)",
                REVENUE,
                unit="money",
            ),
            share(
                "customers that are buyers",
                "orders_count > 0",
                compared=Compared(drop=0.3, rise=0.5),
            ),
            share(
                "lapsed customers",
                "lifecycle_stage = 'lapsed'",
                severity="warning",
                compared=Compared(drop=0.5, rise=0.5),
            ),
            share(
                "customers that may be sent marketing by e-mail",
                "may_email_marketing",
                compared=Compared(drop=0.5, rise=1.0),
            ),
            share(
                "customers that may be sent marketing by SMS",
                "may_sms_marketing",
                severity="warning",
                compared=Compared(drop=0.5, rise=1.0),
            ),
        )
    )

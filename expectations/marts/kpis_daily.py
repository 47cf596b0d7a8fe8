"""marts.kpis_daily: the rates that people steer by.

A jump overnight is more often a fault than news.
"""

from expectations.guard import Compared, GateContext, Suite, measure, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of daily figures, one row per day."""
    shares = (
        "cart_rate",
        "checkout_rate",
        "conversion_rate",
        "repeat_rate",
        "refund_rate",
        "satisfaction_rate",
    )
    outside = " or ".join(f"{name} not between 0 and 1" for name in shares)
    watched = {
        "conversion_rate": "share",
        "refund_rate": "share",
        "acquisition_cost": "money",
        "active_customers_count": "customers",
    }
    usual = Compared(drop=0.3, rise=0.5)
    return Suite(
        (
            *volume(gate),
            none("rates outside of 0 to 1", outside),
            none("customers below none", "active_customers_count < 0"),
            *(
                measure(
                    name.replace("_", " "),
                    f"max_by({name}, calendar_date)",
                    severity="warning",
                    compared=usual,
                    optional=True,
                    unit=unit,
                )
                for name, unit in watched.items()
            ),
        ),
        may_be_empty=True,  # nothing was ordered or visited yet
    )

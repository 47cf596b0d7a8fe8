"""raw.ecb_rates, beyond what every raw table has: rates that moved further than rates do, in a step
or all at once."""

from expectations.guard import Compared, GateContext, Suite, measure

MAJOR = ("usd", "gbp", "jpy", "chf")


def suite(gate: GateContext) -> Suite:
    """Guards of the European Central Bank's reference rates."""
    return Suite(
        tuple(
            measure(
                f"largest step of {currency} between two days",
                f"""(
                    select max(abs({currency} / nullif(earlier, 0) - 1))
                    from (
                        select
                            {currency},
                            lag({currency}) over (
                                order by "date", _arrival, _line_number
                            ) as earlier
                        from {gate.name}
                        where {currency} is not null
                    )
                )""",
                at_most=0.25,
                severity="warning",
                optional=True,
                unit="share",
            )
            for currency in MAJOR
        )
        + tuple(
            # All days at once in another unit: no step shows it.
            measure(
                f"median rate of {currency}",
                f"median({currency})",
                optional=True,
                compared=Compared(drop=0.5, rise=1.0),
                unit="units",
            )
            for currency in MAJOR
        )
    )

"""raw.ecb_rates, beyond what every raw table has: rates that moved further than rates do."""

from expectations.guard import GateContext, Suite, measure

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
    )

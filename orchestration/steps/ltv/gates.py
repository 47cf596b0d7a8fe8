"""When a forecast may be made at all: what the histories must show first.

Counts in, reasons out.
"""

from dataclasses import dataclass, fields
from datetime import date

NEEDED_BUYERS = 500
NEEDED_HISTORY_DAYS = 180
NEEDED_RECENT_DAYS = 30
NEEDED_REPEATERS = 100
NEEDED_FREQUENT_BUYERS = 30


@dataclass(frozen=True)
class HistoryCounts:
    """What is known of all possible histories together:
    buyers, those with repeat orders of positive value, those with three order days.

    Dates are None when there is no history.
    """

    buyers: int
    repeaters: int
    frequent_buyers: int
    first_order_date: date | None
    last_order_date: date | None


COUNTED = tuple(column.name for column in fields(HistoryCounts))


@dataclass(frozen=True)
class Gate:
    """One condition: `value` was found, `needed` is the bound, in the gate's own unit."""

    name: str
    value: int
    needed: int
    passed: bool


def check(counts: HistoryCounts, as_of_date: date) -> list[Gate]:
    """The conditions of a forecast: enough buyers, history, recent orders, repeaters,
    buyers with three order days or more."""
    first, last = counts.first_order_date, counts.last_order_date
    history = (as_of_date - first).days if first else 0
    silence = (as_of_date - last).days if last else NEEDED_HISTORY_DAYS
    return [
        Gate("buyers", counts.buyers, NEEDED_BUYERS, counts.buyers >= NEEDED_BUYERS),
        Gate("history_days", history, NEEDED_HISTORY_DAYS, history >= NEEDED_HISTORY_DAYS),
        Gate("days_since_last_order", silence, NEEDED_RECENT_DAYS, silence <= NEEDED_RECENT_DAYS),
        Gate(
            "repeat_buyers",
            counts.repeaters,
            NEEDED_REPEATERS,
            counts.repeaters >= NEEDED_REPEATERS,
        ),
        Gate(
            "buyers_with_three_orders",
            counts.frequent_buyers,
            NEEDED_FREQUENT_BUYERS,
            counts.frequent_buyers >= NEEDED_FREQUENT_BUYERS,
        ),
    ]


def reason(gates: list[Gate]) -> str | None:
    """The names of the failed conditions as one text, or None when all hold."""
    return ", ".join(gate.name for gate in gates if not gate.passed) or None

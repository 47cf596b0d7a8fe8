"""Euro reference rates as the European Central Bank lays them out:
wide CSV, newest first, working days only."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from ingestion.samples.shop.days import day_of
from ingestion.samples.shop.draw import Floats, stream
from ingestion.samples.shop.parameters import DAYS, REPORTING_CURRENCY, START

# (currency, units per euro at the start, decimals the bank prints, daily volatility)
CURRENCIES = (
    ("USD", 1.0745, 4, 0.0040), ("JPY", 172.9, 2, 0.0050), ("CZK", 25.1, 3, 0.0020),
    ("DKK", 7.4585, 4, 0.00005), ("GBP", 0.8470, 5, 0.0030), ("HUF", 395.0, 2, 0.0040),
    ("PLN", 4.31, 4, 0.0030), ("RON", 4.977, 4, 0.0003), ("SEK", 11.35, 4, 0.0035),
    ("CHF", 0.9630, 4, 0.0030), ("ISK", 149.1, 1, 0.0020), ("NOK", 11.40, 4, 0.0040),
    ("TRY", 35.2, 4, 0.0040), ("AUD", 1.6100, 4, 0.0040), ("BRL", 5.95, 4, 0.0070),
    ("CAD", 1.4700, 4, 0.0035), ("CNY", 7.8100, 4, 0.0035), ("HKD", 8.3900, 4, 0.0040),
    ("IDR", 17550.0, 2, 0.0040), ("ILS", 4.03, 4, 0.0050), ("INR", 89.6, 4, 0.0035),
    ("KRW", 1483.0, 2, 0.0040), ("MXN", 19.7, 4, 0.0060), ("MYR", 5.06, 4, 0.0035),
    ("NZD", 1.7600, 4, 0.0040), ("PHP", 62.9, 3, 0.0035), ("SGD", 1.4570, 4, 0.0025),
    ("THB", 39.4, 3, 0.0035),
    ("ZAR", 19.5, 4, 0.0060),
)  # fmt: skip
HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01",
        "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01",
    )
)  # fmt: skip
LEAD_DAYS = 7  # published before the shop opened, so that its first day has a rate
FIRST_PUBLISHED = START - timedelta(days=LEAD_DAYS)
UNPUBLISHED = ("ISK", 90)  # no rate of this currency in the first days: the bank prints N/A


class Rates:
    """The rates of every working day of the calendar, as the texts that the bank prints
    (`texts`: day to one text a currency)."""

    def __init__(self, seed: int) -> None:
        rng = stream(seed, 0, "rates")
        self.dates = [START + timedelta(days=offset) for offset in range(-LEAD_DAYS, DAYS)]
        self.is_published = [day.weekday() < 5 and day not in HOLIDAYS for day in self.dates]
        steps = rng.normal(0, 1, (len(self.dates), len(CURRENCIES))) * [
            currency[3] for currency in CURRENCIES
        ]
        walk = np.exp(np.cumsum(steps, axis=0) * 0.7)
        values = walk * [currency[1] for currency in CURRENCIES]
        self.texts: dict[date, list[str]] = {}
        for position, day in enumerate(self.dates):
            if self.is_published[position]:
                self.texts[day] = [
                    f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
                    for value, (_, _, decimals, _) in zip(values[position], CURRENCIES, strict=True)
                ]
                if day_of(day) < UNPUBLISHED[1]:
                    self.texts[day][
                        [currency[0] for currency in CURRENCIES].index(UNPUBLISHED[0])
                    ] = "N/A"

    def table(self, codes: list[str]) -> Floats:
        """Units per euro as an array (day of the shop, currency in `codes`); EUR is 1."""
        columns = [currency[0] for currency in CURRENCIES]
        result = np.ones((DAYS, len(codes)))
        current: list[str] = []
        for day in self.dates:
            current = self.texts.get(day, current)
            if day >= START:
                result[day_of(day)] = [
                    1.0 if code == REPORTING_CURRENCY else float(current[columns.index(code)])
                    for code in codes
                ]
        return result

    def csv(self, first: date, last: date) -> tuple[bytes, int]:
        """The bank's file of the days from `first` to `last`, newest first,
        and its number of lines."""
        header = "Date," + "".join(f"{currency[0]}," for currency in CURRENCIES)
        lines = [
            f"{day.isoformat()}," + "".join(f"{text}," for text in self.texts[day])
            for day in sorted(self.texts, reverse=True)
            if first <= day <= last
        ]
        return ("\n".join([header, *lines]) + "\n").encode(), len(lines)

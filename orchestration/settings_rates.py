"""Exchange rates of the owner, for currencies that the European Central Bank does not publish."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2201, 1, 1)
_RATE = TypeAdapter(Decimal)
_DAY = TypeAdapter(date)


@dataclass(frozen=True)
class OwnerRate:
    """One unit of a currency is `rate` units of the other on `valid_from` and until `valid_to`."""

    currency_code: str
    other_currency_code: str
    rate: Decimal
    valid_from: date
    valid_to: date


def _read(given: Any) -> tuple[OwnerRate, ...]:
    """`{AED: {EUR: 0.25}}`, or `{AED: [{EUR: 0.25, from: 2026-01-01}, …]}`.

    Errors: `ValueError` that names the currency.
    """
    if not isinstance(given, dict):
        raise ValueError("wants a currency and its rate, as in {AED: {EUR: 0.25}}")
    found: list[OwnerRate] = []
    for currency, rates in given.items():
        entries = rates if isinstance(rates, list) else [rates]
        dated = sorted((_one(currency, entry) for entry in entries), key=lambda one: one[0])
        days = [day for day, _, _ in dated]
        if len(set(days)) < len(days):
            raise ValueError(f"{currency}: two rates from one day on; give each a day of its own")
        found += [
            OwnerRate(currency, other, rate, day, until)
            for (day, other, rate), until in zip(dated, [*days[1:], LAST_DAY], strict=True)
        ]
    return tuple(found)


def _one(currency: Any, entry: Any) -> tuple[date, str, Decimal]:
    where = f"{currency}: {{EUR: 0.25}} or {{EUR: 0.25, from: 2026-01-01}} is wanted"
    if not isinstance(entry, dict) or not _is_currency(currency):
        raise ValueError(where)
    others = [key for key in entry if key != "from"]
    if len(others) != 1 or not _is_currency(others[0]) or others[0] == currency:
        raise ValueError(where)
    try:
        rate = _RATE.validate_python(str(entry[others[0]]))
        day = _DAY.validate_python(entry.get("from", FIRST_DAY))
    except ValueError:
        raise ValueError(where) from None
    if not 0 < rate < 10**9 or rate != round(rate, 10):
        raise ValueError(f"{currency}: a rate is above 0 and has at most ten decimals")
    return day, others[0], rate


def _is_currency(text: Any) -> bool:
    return isinstance(text, str) and len(text) == 3 and text.isascii() and text.isupper()


OwnerRates = Annotated[tuple[OwnerRate, ...], BeforeValidator(_read)]

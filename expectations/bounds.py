"""The bounds of a guard on one night: what the suite says, narrowed by what the last good nights
showed; and how both are written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from expectations.guard import MEASURE, Guard


@dataclass(frozen=True)
class Judged:
    """A guard with this night's bounds in its arguments, its threshold as text,
    and whether there is anything to judge it by."""

    guard: Guard
    threshold: str
    judgeable: bool


def judge_by(guard: Guard, figures: tuple[float, ...]) -> Judged:
    """Put a guard's own bounds and those from its history together; the narrower one holds."""
    if guard.expectation != MEASURE:
        return Judged(guard, _words(guard.arguments), True)
    lows, highs = [guard.arguments["min_value"]], [guard.arguments["max_value"]]
    note = ""
    if guard.compared:
        past = (figures if guard.compared.past is None else guard.compared.past)[
            : guard.compared.nights
        ]
        past = tuple(figure for figure in past if abs(figure) >= guard.compared.at_least)
        note = " (no earlier night to compare with)"
        if past:
            usual = median(past)
            note = f" (last good nights: {write(usual)})"
            lows.append(
                None if guard.compared.drop is None else usual - guard.compared.drop * abs(usual)
            )
            highs.append(
                None if guard.compared.rise is None else usual + guard.compared.rise * abs(usual)
            )
    low = max((bound for bound in lows if bound is not None), default=None)
    high = min((bound for bound in highs if bound is not None), default=None)
    bounded = replace(guard, arguments={**guard.arguments, "min_value": low, "max_value": high})
    if low is None and high is None:
        return Judged(bounded, "no earlier night to compare with", False)
    return Judged(bounded, _between(low, high) + note, True)


def write(value: Any) -> str | None:
    """A number or a time as text; anything else could be a value of the data and is not written."""
    if isinstance(value, bool | date):
        return str(value).lower() if isinstance(value, bool) else value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        text = f"{value:.6f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return None


def _between(low: float | None, high: float | None) -> str:
    if low is None:
        return f"≤ {write(high)}"
    if high is None:
        return f"≥ {write(low)}"
    return f"= {write(low)}" if low == high else f"{write(low)} to {write(high)}"


def _words(arguments: Mapping[str, Any]) -> str:
    """The threshold of one of Great Expectations' own expectations."""
    low, high = arguments.get("min_value"), arguments.get("max_value")
    parts = [_between(low, high)] if low is not None or high is not None else []
    if "value_set" in arguments:
        parts.append(f"one of {len(arguments['value_set'])} values")
    if "mostly" in arguments:
        parts.append(f"in {write(float(arguments['mostly']))} of the rows")
    return ", ".join(parts) or "every row"

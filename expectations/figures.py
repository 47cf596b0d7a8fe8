"""Figures as a person reads them: thousands apart, shares in per cent, and what they count."""

import re
from math import isfinite

_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.-])")


def number(text: str | None) -> float | None:
    """A figure that was written as text; None when it is no finite number."""
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None


def seen(text: str | None, unit: str, currency: str) -> str:
    """What a gate saw, with its unit; what is no number as it is, nothing as a dash."""
    value = number(text)
    if value is None:
        return text or "–"
    if unit == "share":
        return _percent(value)
    word = currency if unit == "money" else unit
    if value == 1 and word not in ("times", currency):
        word = word.removesuffix("s")
    return f"{_grouped(value)} {word}".rstrip()


def bounds(text: str | None, unit: str) -> str:
    """What a gate wanted: its numbers written as what it saw is."""
    write = _percent if unit == "share" else _grouped
    return _NUMBER.sub(lambda found: write(float(found[0])), text or "–")


def _percent(value: float) -> str:
    return f"{_grouped(value * 100)} %"


def _grouped(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"

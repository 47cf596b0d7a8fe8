"""The shop's calendar: UTC milliseconds to shop-local days and back, in numpy and as DuckDB macros.

Times are int64 milliseconds since 1970 in UTC; a day is an integer, 0 = the shop's first.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ingestion.samples.shop.parameters import DAYS, END, START

HOUR = 3_600_000
DAY = 24 * HOUR
NEVER = np.int64(2**62)  # a time that does not come
EPOCH_DAY = (START - date(1970, 1, 1)).days
LOCAL_MIDNIGHT = EPOCH_DAY * DAY  # of day 0, on the local clock


def _clock_change(year: int, month: int) -> int:
    """UTC milliseconds of the European clock change: 01:00 UTC on the month's last Sunday."""
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return int(datetime(sunday.year, sunday.month, sunday.day, 1, tzinfo=UTC).timestamp() * 1000)


CLOCK_CHANGES = np.array(
    [_clock_change(year, month) for year in range(START.year, END.year + 3) for month in (3, 10)]
)


def offset(utc: NDArray[np.int64]) -> NDArray[np.int64]:
    """Milliseconds that the shop's clock is ahead of UTC: one hour, two in summer."""
    summer = np.searchsorted(CLOCK_CHANGES, utc, side="right") % 2
    return HOUR * (1 + summer)


def to_utc(day: NDArray[np.int64], millis_of_day: NDArray[np.int64]) -> NDArray[np.int64]:
    """UTC milliseconds of a local day and time of day."""
    local = LOCAL_MIDNIGHT + day * DAY + millis_of_day
    return local - offset(local - HOUR)


def local_day(utc: NDArray[np.int64]) -> NDArray[np.int64]:
    """The shop-local day of a UTC time."""
    return (utc + offset(utc) - LOCAL_MIDNIGHT) // DAY


FIRST_MOMENT = int(to_utc(np.array([0]), np.array([0]))[0])
CLOSING_MOMENT = int(to_utc(np.array([DAYS]), np.array([0]))[0])  # the end of the last day


def day_of(moment: date) -> int:
    """The number of a calendar date; 0 = the shop's first day."""
    return (moment - START).days


def date_of(day: int) -> date:
    """The calendar date of a day number."""
    return START + timedelta(days=day)


def macros() -> tuple[str, ...]:
    """DuckDB macros: shop_offset(ms), shop_day(ms), shop_time(ms) and utc_time(ms) as text,
    delivered(ms, late)."""
    between = " or ".join(
        f"(ms >= {CLOCK_CHANGES[i]} and ms < {CLOCK_CHANGES[i + 1]})"
        for i in range(0, len(CLOCK_CHANGES), 2)
    )
    return (
        f"create macro shop_offset(ms) as case when {between} then 2 else 1 end",
        f"create macro shop_day(ms) as (ms + shop_offset(ms) * {HOUR} - {LOCAL_MIDNIGHT}) // {DAY}",
        (
            "create macro shop_time(ms) as case when ms is not null then "
            f"strftime(epoch_ms(ms + shop_offset(ms) * {HOUR}), '%Y-%m-%dT%H:%M:%S') || '+0' || "
            "shop_offset(ms) || ':00' end"
        ),
        "create macro utc_time(ms) as strftime(epoch_ms(ms), '%Y-%m-%dT%H:%M:%S.%gZ')",
        # The day a record arrives: late ones still arrive by the last day; what happens
        # after it never does.
        f"""create macro delivered(ms, late) as case
            when shop_day(ms) < {DAYS} then least(shop_day(ms) + late, {DAYS} - 1) end""",
    )

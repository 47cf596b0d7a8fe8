"""How a guard's own bounds and its history make the night's bounds, and how figures are written."""

from datetime import date
from decimal import Decimal

import pytest

from expectations.bounds import judge_by, write
from expectations.guard import Compared, expect, measure


@pytest.mark.parametrize(
    ("compared", "past", "low", "high", "threshold", "judgeable"),
    [
        (None, (), 0.2, None, "≥ 0.2", True),
        (Compared(drop=0.5), (), 0.2, None, "≥ 0.2 (no earlier night to compare with)", True),
        (
            Compared(drop=0.5, rise=1.0),
            (100.0, 90.0, 110.0),
            50,
            200,
            "50 to 200 (last good nights: 100)",
            True,
        ),
        (
            Compared(rise=0.5, nights=1),
            (4.0, 100.0),
            0.2,
            6,
            "0.2 to 6 (last good nights: 4)",
            True,
        ),
        (Compared(drop=0.5, past=(10.0,)), (1000.0,), 5, None, "≥ 5 (last good nights: 10)", True),
        (
            Compared(drop=0.5, rise=0.5),
            (-100.0,),
            0.2,
            -50,
            "0.2 to -50 (last good nights: -100)",
            True,
        ),
    ],
)
def test_bounds(
    compared: Compared | None,
    past: tuple[float, ...],
    low: float | None,
    high: float | None,
    threshold: str,
    judgeable: bool,
) -> None:
    judged = judge_by(measure("figure", "count(*)", at_least=0.2, compared=compared), past)
    assert (judged.guard.arguments["min_value"], judged.guard.arguments["max_value"]) == (low, high)
    assert (judged.threshold, judged.judgeable) == (threshold, judgeable)


def test_a_guard_of_history_alone_cannot_be_judged_on_the_first_night() -> None:
    assert not judge_by(measure("figure", "count(*)", compared=Compared(drop=0.5)), ()).judgeable


def test_thresholds_of_built_in_expectations_are_told() -> None:
    guard = expect(
        "known states",
        "ExpectColumnValuesToBeInSet",
        column="state",
        value_set=["a", "b"],
        mostly=0.9,
    )
    assert judge_by(guard, ()).threshold == "one of 2 values, in 0.9 of the rows"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (0.25, "0.25"),
        (Decimal("1234567.890"), "1234567.89"),
        (100.0, "100"),
        (True, "true"),
        (date(2025, 3, 1), "2025-03-01"),
        (None, None),
        ("somebody@example.org", None),
        (["x"], None),
    ],
)
def test_only_numbers_and_times_are_written(value: object, text: str | None) -> None:
    assert write(value) == text

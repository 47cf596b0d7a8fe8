"""Slices of the figures about accidents: held before the first byte; clean nights are not;
nobody is sent without a grant."""

import random

from delivery_accidents import (
    ACCIDENTS,
    LISTS,
    STEPS,
    false_holds,
    rows_sent_by_accidents,
    sent_without_grant,
)
from hypothesis import given, settings


def test_no_accident_sends_a_row():
    assert not any(rows_sent_by_accidents([LISTS[0], LISTS[2]], ACCIDENTS).values())


def test_clean_nights_are_not_held():
    assert false_holds(12, 400, random.Random(3)) == 0


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_nobody_is_sent_without_a_grant_in_whatever_order_things_happen(steps):
    assert sent_without_grant(steps) == 0

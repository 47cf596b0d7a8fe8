"""Crashes are real: a slice of the figures' kills, and that the same trial finds three designs out
which lose or double rows."""

from collections import Counter

import pytest
from delivery_mutants import MUTANTS
from delivery_receivers import EVENTS, KEYS, MESSAGES, STATE
from delivery_shards import counts, is_caught, run_shard


def test_forty_kills_lose_and_double_nothing():
    running = [
        run_shard(7, 16, KEYS),
        run_shard(7, 8, STATE),
        run_shard(7, 8, EVENTS),
        run_shard(7, 8, MESSAGES),
    ]
    found = sum(map(counts, running), Counter())
    assert found.pop("kills") >= 40 and found.pop("trials") >= 4
    assert not found.total(), found


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_design_is_caught(mutant):
    assert is_caught(mutant)

"""Requests without an answer: what may have arrived stays open until the destination is asked."""

import pytest


def test_silence_is_unknown_stops_after_two_batches_and_is_settled_next_time(world):
    world.people(350)
    world.fault(kind="reset", when="after")
    result = world.deliver()
    assert (result.status, result.unknown, result.unsent) == ("failed", 200, 150)
    assert "no answer to 2 batches in a row" in result.message
    world.sandbox.faults.clear()
    result = world.deliver()
    assert (result.drained, result.unchanged, result.added) == (200, 200, 150)
    assert world.effects()["applied"] == 350


def test_rows_in_neither_results_nor_errors_are_asked_again_then_unknown(world):
    world.people(20)
    world.fault(kind="omit", keys=["c3"], times=1)
    assert (world.deliver().acknowledged, world.effects()["repeats"]) == (20, 1)
    world.rows["c3"]["firstname"] = "x"
    world.rows["c4"]["firstname"] = "y"
    world.fault(kind="omit", keys=["c3"], times=2)
    result = world.deliver()
    assert (result.acknowledged, result.unknown) == (1, 1)
    assert world.deliver().drained == 1


@pytest.mark.parametrize("how", ["row", "request"])
def test_a_repeat_is_answered_from_memory_whatever_is_said_of_the_row_now(world, how):
    world.people(3)
    world.fault(kind="reset", when="after")
    world.deliver()
    world.sandbox.faults.clear()
    world.fault(kind="reject", keys=["c1"], how=how)
    result = world.deliver()
    assert (result.drained, result.unchanged, result.rejected) == (3, 3, 0)
    assert world.effects()["applied"] == 3


@pytest.mark.parametrize(
    "then",
    [
        {"kind": "status", "status": 400},
        {"kind": "status", "status": 401},
        {"kind": "status", "status": 429},
    ],
)
def test_what_may_have_arrived_stays_open_whatever_is_said_of_it_afterwards(world, then):
    """The first attempt arrives and its answer is lost; the second is refused:
    the row is neither refused nor unsent."""
    world.people(3)
    world.deliver()
    world.rows["c1"]["firstname"] = "new"
    world.fault(kind="reset", when="after", times=1)
    world.fault(**then, skip=1)
    assert world.deliver().unknown == 1
    assert world.contacts()["c1"]["firstname"] == "new"
    world.sandbox.faults.clear()
    world.rows["c1"]["firstname"] = "Name 1"
    assert world.deliver().changed == 1
    assert world.contacts()["c1"]["firstname"] == "Name 1"
    assert [effect["applied"] for effect in world.effects()["keys"]["c1"]] == [1, 1, 1]

"""What a run owes: rows that may be at the destination, or may not, until that is settled."""

import pytest

from orchestration.reverse_etl.protocol import Outcome


def test_what_a_run_owes_is_dated_until_it_is_paid(world):
    world.people(150)
    world.fault(kind="status", status=401, skip=1)
    first = world.deliver()
    assert (first.unsent, first.unreconciled, first.oldest_unsent_at) == (50, 0, first.started_at)
    world.clock.now += 86_400
    still = world.deliver()
    assert (still.unsent, still.oldest_unsent_at) == (50, first.started_at)
    world.sandbox.faults.clear()
    world.clock.now += 3_600
    paid = world.deliver()
    assert (paid.status, paid.oldest_unsent_at, paid.lag_seconds) == ("done", None, 90_000)
    world.rows["c1"]["firstname"] = "later"
    assert world.deliver().lag_seconds == 0


def test_a_removal_without_an_answer_is_owed_until_it_is_settled(world):
    world.people(3)
    world.deliver()
    world.rows.pop("c1")
    world.fault(kind="reset")
    first = world.deliver()
    assert (first.planned_removals, first.removals_unknown, first.unreconciled) == (1, 1, 0)
    world.clock.now += 86_400
    second = world.deliver()
    assert (second.planned_removals, second.removals_unknown, second.unreconciled) == (1, 1, 0)
    assert (second.needs_attention, second.oldest_unsent_at) == (True, first.started_at)
    world.sandbox.faults.clear()
    third = world.deliver()
    assert (third.drained, third.planned_removals, third.unreconciled, third.oldest_unsent_at) == (
        1,
        0,
        0,
        None,
    )
    assert "c1" not in world.contacts()


def test_a_row_that_a_crash_left_may_be_there_though_it_is_refused_afterwards(world):
    """Not every destination honours keys: what it refuses today it may have taken yesterday."""
    world.people(3)
    world.deliver()
    world.rows["c1"]["firstname"] = "new"
    world.fault(kind="reset")
    assert world.deliver().unknown == 1
    world.sandbox.faults.clear()
    world.fault(kind="reject", keys=["c1"])
    assert world.deliver().rejected == 1
    world.sandbox.faults.clear()
    world.rows["c1"]["firstname"] = "Name 1"
    assert world.deliver().changed == 1
    assert world.deliver().requests == 0


@pytest.mark.parametrize("others_left", [0, 1])
def test_a_new_row_without_an_answer_that_left_the_model_is_owed(world, others_left):
    world.people(3)
    world.deliver()
    world.rows["c9"] = {"email": "canary9@example.org", "firstname": "New", "ltv": 1}
    world.fault(kind="reset")
    first = world.deliver()
    world.rows.pop("c9")
    world.views = [
        "insert into core.consents"
        " values ('email', 'canary9@example.org', 'email', 'marketing', 'granted')"
    ]
    for _ in range(others_left):
        world.rows.pop("c1")
    second = world.deliver()
    assert (second.removals_unknown, second.unreconciled, second.oldest_unsent_at) == (
        1 + others_left,
        0,
        first.started_at,
    )
    assert "had no answer; the next run asks again" in second.message


def test_a_row_that_is_open_and_invalid_tonight_is_owed(world):
    world.people(3)
    world.deliver()
    world.rows["c1"]["firstname"] = "new"
    world.fault(kind="reset")
    first = world.deliver()
    world.extra_rows = [("c1", "canary1@example.org", "twice", 1, None)]
    second = world.deliver()
    assert (second.invalid, second.removals_unknown, second.unreconciled) == (2, 1, 0)
    assert second.oldest_unsent_at == first.started_at


def test_a_row_that_was_passed_over_and_then_refused_may_be_there(world):
    world.people(3)
    world.deliver()
    world.rows["c1"]["firstname"] = world.rows["c2"]["firstname"] = "new"
    destination = world.destination()
    send = destination.send

    def passes_over(batch):
        if len(batch.rows) == 1:
            return [Outcome("rejected", "no")]
        return [
            Outcome("unknown") if row.key == "c1" else outcome
            for row, outcome in zip(batch.rows, send(batch), strict=True)
        ]

    destination.send = passes_over
    assert world.deliver(destination=destination).unknown == 1
    assert world.contacts()["c1"]["firstname"] == "new"
    world.rows["c1"]["firstname"] = "Name 1"
    assert world.deliver().changed == 1
    assert world.contacts()["c1"]["firstname"] == "Name 1"

"""Safety holds: which plans wait, what an approval lets out, what it does not."""

import pytest

from orchestration.reverse_etl import holds
from orchestration.reverse_etl.spec import Thresholds


@pytest.fixture
def delivered(world):
    world.people(200)
    world.deliver()
    return world


def sent_since(world, action):
    before = world.effects()["requests"]
    result = action()
    return result, world.effects()["requests"] - before


def test_an_empty_source_is_held_before_the_first_byte(delivered):
    delivered.rows = {}
    result, requests = sent_since(delivered, delivered.deliver)
    assert (result.status, result.planned_removals, result.removals_held, requests) == (
        "held",
        200,
        200,
        0,
    )
    assert "the source is empty, and the destination holds 200 rows" in result.message
    assert len(delivered.contacts()) == 200


def test_half_the_rows_gone_is_held_and_the_adds_wait_with_them(delivered):
    for i in range(100):
        delivered.rows.pop(f"c{i}")
    delivered.rows["new"] = {"email": "new@example.org", "firstname": "New", "ltv": 1}
    result, requests = sent_since(delivered, delivered.deliver)
    assert (result.status, result.held, result.removals_held, result.unchanged, requests) == (
        "held",
        1,
        100,
        100,
        0,
    )
    assert "100 of 200 rows would be removed, 50 are allowed" in result.message


def test_every_value_flipped_is_held(delivered):
    for row in delivered.rows.values():
        row["ltv"] = -1
    result, requests = sent_since(delivered, delivered.deliver)
    assert (result.status, result.held, requests) == ("held", 200, 0)


@pytest.mark.parametrize("mode", ["upsert", "append"])
def test_more_adds_than_usual_are_held_where_nothing_is_ever_removed(world, mode):
    """A flipped filter of a list that forgets nobody adds, and does nothing else."""
    destination = world.destination()
    destination.modes = frozenset({"upsert", "append"})
    world.people(10)
    assert world.deliver(destination=destination, mode=mode, on_removal="ignore").added == 10
    wrong = {
        f"w{i}": {"email": f"wrong{i}@example.org", "firstname": "Wrong", "ltv": 1}
        for i in range(201)
    }
    world.rows = wrong
    result, requests = sent_since(
        world, lambda: world.deliver(destination=destination, mode=mode, on_removal="ignore")
    )
    assert (result.status, result.held, requests) == ("held", 201, 0)
    assert "201 rows would be added, 200 are allowed" in result.message
    wrong.pop("w1")
    assert world.deliver(destination=destination, mode=mode, on_removal="ignore").added == 200
    world.rows = {
        f"x{i}": {"email": f"more{i}@example.org", "firstname": "More", "ltv": 1}
        for i in range(400)
    }
    assert world.deliver(destination=destination, mode=mode, on_removal="ignore").added == 400


def test_shares_have_a_floor_in_rows(world):
    world.people(60)
    world.deliver()
    for row in world.rows.values():
        row["ltv"] = -1
    for i in range(10):
        world.rows.pop(f"c{i}")
    result = world.deliver()
    assert (result.status, result.changed, result.removed) == ("done", 50, 10)


def test_a_changed_mapping_is_held_when_it_would_send_something(delivered):
    result, requests = sent_since(
        delivered, lambda: delivered.deliver(exclude_from_payload=("ltv",))
    )
    assert (result.status, requests) == ("held", 0)
    assert "the mapping changed: ltv" in result.message


def test_an_approved_plan_goes_out_exactly_once(delivered):
    for i in range(100):
        delivered.rows.pop(f"c{i}")
    assert delivered.deliver().status == "held"
    (hold,) = holds.list_holds(delivered.store)
    assert hold["summary"] == {"adds": 0, "changes": 0, "removals": 100, "present": 200}
    holds.approve(delivered.store, hold["hold_id"], "ada")
    result = delivered.deliver()
    assert (result.status, result.removed) == ("done", 100)
    (row,) = delivered.store.query("select status, plan, decided_by from holds")
    assert tuple(row) == ("sent", None, "ada")
    assert [
        tuple(row) for row in delivered.store.query("select actor, action, subject from audit")
    ] == [("ada", "hold.approved", "hubspot_contacts")]
    assert delivered.deliver().requests == 0


def test_a_changed_plan_needs_a_new_approval(delivered):
    for i in range(100):
        delivered.rows.pop(f"c{i}")
    delivered.deliver()
    holds.approve(delivered.store, holds.list_holds(delivered.store)[0]["hold_id"], "ada")
    delivered.rows.pop("c150")
    result, requests = sent_since(delivered, delivered.deliver)
    assert (result.status, result.removals_held, requests) == ("held", 101, 0)
    assert [
        row["status"] for row in delivered.store.query("select status from holds order by hold_id")
    ] == ["superseded", "waiting"]


def test_an_approval_of_more_does_not_cover_less(delivered):
    gone = {f"c{i}": delivered.rows.pop(f"c{i}") for i in range(100)}
    delivered.deliver()
    holds.approve(delivered.store, holds.list_holds(delivered.store)[0]["hold_id"], "ada")
    delivered.rows["c5"] = gone["c5"]
    assert delivered.deliver().status == "held"


def test_an_approved_plan_goes_out_less_what_must_be_withheld_by_then(delivered):
    for row in delivered.rows.values():
        row["ltv"] = -1
    delivered.deliver()
    holds.approve(delivered.store, holds.list_holds(delivered.store)[0]["hold_id"], "ada")
    delivered.withdrawn = {"canary7@example.org"}
    result = delivered.deliver()
    assert (result.status, result.changed, result.withheld, result.removed) == ("done", 199, 1, 1)
    assert "c7" not in delivered.contacts()


def test_an_approval_survives_an_interrupted_delivery(delivered):
    for row in delivered.rows.values():
        row["ltv"] = -1
    delivered.deliver()
    holds.approve(delivered.store, holds.list_holds(delivered.store)[0]["hold_id"], "ada")
    delivered.fault(kind="status", status=401, skip=1)
    assert (result := delivered.deliver()).status == "failed"
    assert (result.acknowledged, result.unsent) == (100, 100)
    delivered.sandbox.faults.clear()
    result = delivered.deliver(thresholds=Thresholds(changes_share=0.1))
    assert (result.status, result.changed) == ("done", 100)


def test_withdrawals_pass_a_hold(delivered):
    for row in delivered.rows.values():
        row["ltv"] = -1
    delivered.withdrawn = {"canary7@example.org", "canary8@example.org"}
    delivered.rows.pop("c8")
    result = delivered.deliver()
    assert (result.status, result.held, result.withheld, result.removed, result.requests) == (
        "held",
        198,
        1,
        2,
        1,
    )
    assert {"c7", "c8"}.isdisjoint(delivered.contacts())
    log = delivered.store.query("select reason from delivery_log where action = 'archive'")
    assert [row["reason"] for row in log] == ["withdrawn", "withdrawn"]


def test_lost_consents_are_no_withdrawals_and_are_held(delivered):
    delivered.missing = {row["email"] for row in delivered.rows.values()}
    result, requests = sent_since(delivered, delivered.deliver)
    assert (result.status, result.withheld, result.removals_held, requests) == ("held", 200, 200, 0)


def test_the_same_plan_keeps_its_hold_and_a_dismissed_one_stays_dismissed(delivered):
    delivered.rows = {}
    delivered.deliver()
    delivered.deliver()
    (hold,) = holds.list_holds(delivered.store)
    holds.dismiss(delivered.store, hold["hold_id"], "ada")
    result = delivered.deliver()
    assert result.status == "held"
    assert f"Hold {hold['hold_id']} of exactly this plan was dismissed" in result.message
    assert holds.list_holds(delivered.store) == []
    with pytest.raises(holds.HoldError, match="is dismissed and cannot be approved"):
        holds.approve(delivered.store, hold["hold_id"], "ada")
    with pytest.raises(holds.HoldError, match="does not exist"):
        holds.approve(delivered.store, 99, "ada")


def test_a_hold_is_superseded_when_the_source_is_well_again(delivered):
    rows, delivered.rows = delivered.rows, {}
    delivered.deliver()
    delivered.rows = rows
    assert delivered.deliver().status == "done"
    assert [tuple(row) for row in delivered.store.query("select status, plan from holds")] == [
        ("superseded", None)
    ]


def test_a_sync_that_may_be_empty_is_drained(world):
    world.people(20)
    world.deliver()
    world.rows = {}
    assert world.deliver(may_be_empty=True).removed == 20

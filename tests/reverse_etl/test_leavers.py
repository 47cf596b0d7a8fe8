"""Who left the model, was merged away or was erased: archived, cleared or left, as declared."""

from orchestration.reverse_etl.protocol import Outcome


def test_who_left_is_archived_and_may_come_back(world):
    world.people(30)
    world.deliver()
    gone = world.rows.pop("c3")
    result = world.deliver()
    assert (result.planned_removals, result.removed, result.unchanged) == (1, 1, 29)
    assert "c3" not in world.contacts()
    assert world.deliver().planned_removals == 0
    world.rows["c3"] = gone
    assert world.deliver().added == 1
    assert world.contacts()["c3"]["email"] == gone["email"]


def test_who_left_is_cleared_where_that_is_declared(world):
    world.people(3)
    world.deliver(on_removal="clear")
    world.rows.pop("c1")
    assert world.deliver(on_removal="clear").removed == 1
    assert world.contacts()["c1"]["firstname"] == ""
    assert world.contacts()["c1"]["email"] == "canary1@example.org"


def test_who_left_stays_where_removal_is_ignored_but_a_retired_id_goes(world):
    world.people(5)
    world.deliver(on_removal="ignore")
    world.rows.pop("c1")
    world.rows.pop("c2")
    world.aliases = ["c2"]
    result = world.deliver(on_removal="ignore")
    assert (result.planned_removals, result.removed) == (1, 1)
    assert world.contacts()["c1"]["firstname"] == "Name 1"
    assert "c2" not in world.contacts()


def test_what_was_only_cleared_goes_once_its_id_is_retired_or_its_person_erased(world):
    world.people(5)
    world.deliver(on_removal="clear")
    gone = [world.rows.pop(key) for key in ("c1", "c2", "c3")]
    assert world.deliver(on_removal="clear").removed == 3
    world.aliases, world.excluded = ["c1"], [(gone[1]["email"], None, "erased")]
    result = world.deliver(on_removal="clear")
    assert (result.planned_removals, result.removed, result.unreconciled) == (2, 2, 0)
    assert set(world.contacts()) == {"c0", "c3", "c4"}
    assert world.deliver(on_removal="clear").requests == 0


def test_a_merge_is_corrected_in_the_same_run(world):
    """c1 and c2 turn out to be one: c2's contact goes,
    and the address that it held moves to c1's."""
    world.people(5)
    world.deliver()
    world.rows["c1"]["email"] = world.rows.pop("c2")["email"]
    world.aliases = ["c2"]
    result = world.deliver()
    assert (result.status, result.changed, result.rejected, result.removed, result.message) == (
        "done",
        1,
        0,
        1,
        None,
    )
    assert world.contacts()["c1"]["email"] == "canary2@example.org"
    assert "c2" not in world.contacts()
    assert world.deliver().requests == 0


def test_who_comes_back_after_a_refused_removal_is_sent_again(world):
    """Refusing to take back is not refusing the payload that is to be taken back."""
    world.people(3)
    world.deliver()
    left = world.rows.pop("c1")
    world.fault(kind="reset")
    assert world.deliver(give_up_after_runs=2).removals_unknown == 1
    world.sandbox.faults.clear()
    destination = world.destination()
    destination.send = lambda batch: [Outcome("rejected", "no")] * len(batch.rows)
    assert world.deliver(give_up_after_runs=2, destination=destination).removals_rejected == 1
    world.rows["c1"] = left
    assert world.deliver(give_up_after_runs=2).changed == 1


def test_an_unlearned_remote_id_is_looked_up_before_archiving(world):
    world.people(3)
    world.deliver()
    with world.store.transaction() as db:
        db.execute("update delivery_state set remote_id = null")
    world.rows.pop("c1")
    assert world.deliver().removed == 1
    assert set(world.contacts()) == {"c0", "c2"}

"""A sync from run to run: what is sent, what is not, and that every row is accounted for."""

import pytest

from orchestration.reverse_etl.protocol import Outcome
from orchestration.reverse_etl.spec import Thresholds


def test_the_first_run_adds_and_the_second_sends_nothing(world):
    world.people(250)
    first = world.deliver()
    assert (first.status, first.candidates, first.added, first.acknowledged, first.requests) == (
        "done",
        250,
        250,
        250,
        3,
    )
    assert world.contacts()["c7"] == {
        "clientele_customer_id": "c7", "email": "canary7@example.org", "firstname": "Name 7",
        "ltv": "7.25", "since": "",
    }  # fmt: skip
    before = world.effects()["requests"]
    second = world.deliver()
    assert (second.status, second.unchanged, second.acknowledged, second.requests) == (
        "done",
        250,
        0,
        0,
    )
    assert world.effects()["requests"] == before


def test_only_changed_rows_are_sent(world):
    world.people(120)
    world.deliver()
    world.rows["c5"]["firstname"] = "Ada"
    world.rows["c9"]["ltv"] = 10
    result = world.deliver()
    assert (result.changed, result.added, result.unchanged, result.requests) == (2, 0, 118, 1)
    assert world.contacts()["c5"]["firstname"] == "Ada"
    assert world.contacts()["c9"]["ltv"] == "10.00"


def test_back_to_an_earlier_value_is_a_third_send(world):
    world.people(1)
    for name in ("A", "B", "A"):
        world.rows["c0"]["firstname"] = name
        assert world.deliver().acknowledged == 1
    effects = world.effects()["keys"]["c0"]
    assert [effect["applied"] for effect in effects] == [1, 1, 1]
    assert len({effect["version"] for effect in effects}) == 3
    assert world.contacts()["c0"]["firstname"] == "A"


def test_text_that_looks_like_json_arrives_as_text(world):
    world.people(1)
    world.rows["c0"]["firstname"] = 'x", "consent":"granted'
    world.deliver()
    assert world.contacts()["c0"]["firstname"] == 'x", "consent":"granted'
    assert "consent" not in world.contacts()["c0"]


@pytest.mark.parametrize(("policy", "expected"), [("omit", "Ada"), ("clear", "")])
def test_null_policy_of_a_field(world, policy, expected):
    world.people(1, firstname="Ada")
    world.deliver()
    world.rows["c0"]["firstname"] = None
    world.deliver(nulls={"firstname": policy})
    assert world.contacts()["c0"]["firstname"] == expected


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


def test_two_addresses_that_change_places_are_settled_in_one_run(world):
    """A split: the new customer, whose key comes first, gets the address that the old one had."""
    world.people(3)
    world.deliver()
    world.rows["a"] = {**world.rows["c1"], "firstname": "parted"}
    world.rows["c1"]["email"] = "other@example.org"
    result = world.deliver()
    assert (result.added, result.changed, result.rejected) == (1, 1, 0)
    assert world.contacts()["a"]["email"] == "canary1@example.org"


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


def test_counts_that_the_state_contradicts_are_found(world):
    world.people(3)

    def forget(sync, done, planned):
        with world.store.transaction() as db:
            db.execute("delete from outbox where key = 'c1'")
            db.execute(
                "create temp trigger forgetful after insert on delivery_state"
                " when new.key = 'c1' begin delete from delivery_state where key = 'c1'; end"
            )

    result = world.deliver(progress=forget)
    assert (result.acknowledged, result.unreconciled, result.needs_attention) == (3, 1, True)


def test_an_unlearned_remote_id_is_looked_up_before_archiving(world):
    world.people(3)
    world.deliver()
    with world.store.transaction() as db:
        db.execute("update delivery_state set remote_id = null")
    world.rows.pop("c1")
    assert world.deliver().removed == 1
    assert set(world.contacts()) == {"c0", "c2"}


def test_null_and_duplicate_keys_are_never_sent_and_never_removed(world):
    world.people(4)
    world.deliver()
    world.extra_rows = [
        ("c1", "other@example.org", "Other", 1, None),
        (None, "canary2@example.org", "Nobody", 1, None),
    ]
    result = world.deliver()
    assert (
        result.candidates,
        result.invalid,
        result.unchanged,
        result.planned_removals,
        result.requests,
    ) == (6, 3, 3, 0, 0)


def test_insert_sends_a_key_once_and_takes_nothing_back(world):
    world.people(3)
    destination = world.destination()
    destination.modes = frozenset({"insert"})
    assert world.deliver(destination=destination, mode="insert").added == 3
    world.rows["c0"]["firstname"] = "changed"
    world.rows.pop("c1")
    result = world.deliver(destination=destination, mode="insert")
    assert (result.unchanged, result.acknowledged, result.planned_removals) == (2, 0, 0)


def test_a_mode_or_removal_that_the_destination_lacks_fails_before_anything(world):
    world.people(3)
    result = world.deliver(mode="append")
    assert (result.status, result.requests) == ("failed", 0)
    assert "has no mode append; use mirror, upsert" in result.message
    assert (
        "on_removal is remove, which destination hubspot cannot do"
        in world.deliver(on_removal="remove").message
    )


def test_a_missing_model_or_column_is_named(world):
    world.people(1)
    assert "has no table sync.nothing" in world.deliver(relation=("sync", "nothing")).message
    assert "key names the column id" in world.deliver(key="id").message
    assert "nulls names the column nickname" in world.deliver(nulls={"nickname": "omit"}).message


def test_a_first_mirror_run_only_baselines(world, post_json):
    body = {
        "inputs": [
            {
                "id": "stranger",
                "idProperty": "clientele_customer_id",
                "properties": {"firstname": "S"},
            }
        ]
    }
    post_json(
        f"{world.base_url}/crm/v3/objects/contacts/batch/upsert",
        body,
        {"Authorization": "Bearer x"},
    )
    world.people(2)
    assert world.deliver(mode="mirror").planned_removals == 0
    assert "stranger" in world.contacts()


def test_the_row_log_and_the_store_hold_no_personal_data(world):
    world.people(3)
    world.deliver()
    world.rows.pop("c0")
    world.deliver()
    log = [
        tuple(row)
        for row in world.store.query(
            "select action, status, reason, version from delivery_log order by log_id"
        )
    ]
    assert log == [("upsert", "acknowledged", None, 1)] * 3 + [
        ("archive", "acknowledged", "left", 2)
    ]
    assert world.store.query("select count(*) from outbox")[0][0] == 0
    dump = b"".join(path.read_bytes() for path in (world.folder / "control").iterdir())
    assert b"canary" not in dump
    assert "c0" not in {
        row["key_hash"] for row in world.store.query("select key_hash from delivery_log")
    }


def test_a_run_is_recorded_with_every_count(world):
    world.people(3)
    result = world.deliver()
    (row,) = world.store.query("select * from sync_runs")
    assert {key: row[key] for key in vars(result)} == vars(result)
    assert (row["generation"], row["as_of"]) == ("gen.duckdb", "2026-01-01T00:00:00Z")


def test_a_destination_that_is_switched_off_is_not_applicable(world):
    world.people(3)
    world.destination = lambda: None
    result = world.deliver()
    assert (result.status, result.requests) == ("not_applicable", 0)


def test_a_large_first_run_is_held_unless_it_is_announced(world):
    world.people(60)
    assert world.deliver(thresholds=Thresholds(first_run_rows=50)).status == "held"
    assert world.deliver(thresholds=Thresholds(first_run_rows=60)).acknowledged == 60


def test_progress_counts_rows(world):
    world.people(150)
    seen: list[tuple[str, int, int]] = []
    world.deliver(progress=lambda *step: seen.append(step))
    assert seen == [("hubspot_contacts", 100, 150), ("hubspot_contacts", 150, 150)]


def test_an_interruption_is_recorded_and_deletes_nothing(world):
    """Cancelling means: what was answered is settled, what was in flight is unknown,
    nothing is removed, the next run goes on."""
    world.people(300)
    world.deliver()
    for key in list(world.rows)[:20]:
        world.rows.pop(key)
    for row in world.rows.values():
        row["firstname"] += "!"

    def interrupt(sync: str, done: int, planned: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.deliver(progress=interrupt, thresholds=Thresholds(changes_share=1))
    (row,) = world.store.query("select * from sync_runs where status = 'cancelled'")
    assert (
        row["candidates"],
        row["acknowledged"],
        row["unsent"],
        row["removed"],
        row["removals_unsent"],
    ) == (280, 100, 180, 0, 20)
    assert len(world.contacts()) == 300
    result = world.deliver(thresholds=Thresholds(changes_share=1))
    assert (result.status, result.drained, result.acknowledged, result.removed) == (
        "done",
        100,
        180,
        20,
    )
    assert all(
        effect["applied"] == 1 for effects in world.effects()["keys"].values() for effect in effects
    )


def test_the_failed_row_count_decides_by_policy(world):
    world.people(20)
    world.fault(kind="reject", keys=["c3"])
    assert world.deliver(on_rejected="fail").status == "failed"
    assert world.deliver(on_rejected="warn").status == "done"

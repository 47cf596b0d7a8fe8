"""A sync from run to run: what is sent, what is not, and that every row is accounted for."""

import pytest

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


def test_two_addresses_that_change_places_are_settled_in_one_run(world):
    """A split: the new customer, whose key comes first, gets the address that the old one had."""
    world.people(3)
    world.deliver()
    world.rows["a"] = {**world.rows["c1"], "firstname": "parted"}
    world.rows["c1"]["email"] = "other@example.org"
    result = world.deliver()
    assert (result.added, result.changed, result.rejected) == (1, 1, 0)
    assert world.contacts()["a"]["email"] == "canary1@example.org"


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

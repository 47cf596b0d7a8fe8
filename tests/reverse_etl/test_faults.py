"""What a destination can do to a delivery: bad rows, partial answers, limits, no connection,
a wrong credential."""

import logging
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

SECRET = "pat-canary-7c1f9e"


def statuses(world):
    rows = world.store.query("select status, count(*) from delivery_state group by 1")
    return dict(tuple(row) for row in rows)


def test_one_bad_row_is_isolated_by_halving(world):
    world.people(200)
    world.fault(kind="reject", how="request", keys=["c42"])
    result = world.deliver()
    assert (result.status, result.acknowledged, result.rejected, result.unsent) == (
        "done",
        199,
        1,
        0,
    )
    assert result.message.startswith("1 rows were rejected")
    assert result.requests <= 2 + 2 * 7
    (row,) = world.store.query(
        "select key, status, reason, payload_hash from delivery_state where status = 'rejected'"
    )
    assert tuple(row) == ("c42", "rejected", "HTTP 400 (VALIDATION_ERROR)", None)


def test_a_partial_answer_is_read_row_by_row(world):
    world.people(100)
    world.fault(kind="reject", keys=["c1", "c2"])
    result = world.deliver()
    assert (result.acknowledged, result.rejected, result.requests) == (98, 2, 1)
    reasons = {
        row["reason"]
        for row in world.store.query("select reason from delivery_log where status = 'rejected'")
    }
    assert reasons == {"VALIDATION_ERROR PROPERTY_VALIDATION"}


def test_a_rejected_row_is_tried_again_with_its_latest_value(world):
    world.people(5)
    world.deliver()
    world.rows["c1"]["firstname"] = "Bad"
    world.fault(kind="reject", keys=["c1"])
    assert world.deliver().rejected == 1
    assert world.contacts()["c1"]["firstname"] == "Name 1"
    world.rows["c1"]["firstname"] = "Good"
    world.sandbox.faults.clear()
    assert world.deliver().changed == 1
    assert world.contacts()["c1"]["firstname"] == "Good"


def test_a_rejected_update_is_not_removed(world):
    """A row on both sides whose update is refused keeps what was acknowledged."""
    world.people(60)
    world.deliver(mode="mirror")
    world.rows["c1"]["firstname"] = "Bad"
    world.rows.pop("c2")
    world.fault(kind="reject", keys=["c1"])
    result = world.deliver(mode="mirror")
    assert (result.rejected, result.removed) == (1, 1)
    assert world.contacts()["c1"]["firstname"] == "Name 1"


def test_a_row_is_given_up_visibly(world):
    world.people(12)
    world.fault(kind="reject", keys=["c1"])
    for _ in range(2):
        assert world.deliver(give_up_after_runs=2).rejected == 1
    result = world.deliver(give_up_after_runs=2)
    assert (result.rejected, result.requests) == (1, 0)
    world.rows["c1"]["firstname"] = "other"
    assert world.deliver(give_up_after_runs=2).requests == 1


def test_everything_refused_stops_the_sync_and_marks_nothing(world):
    world.people(250)
    world.fault(kind="reject", keys=list(world.rows))
    result = world.deliver()
    assert (result.status, result.rejected, result.unsent, result.requests) == ("failed", 0, 250, 1)
    assert "every row was refused (VALIDATION_ERROR PROPERTY_VALIDATION)" in result.message
    assert statuses(world) == {"unsent": 100}
    world.sandbox.faults.clear()
    assert world.deliver().added == 250


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "renew it"), (403, "grant it"), (404, "check base_url")]
)
def test_a_refused_credential_stops_the_sync_and_marks_nothing(world, status, remedy):
    world.people(250)
    world.fault(kind="status", status=status, skip=1)
    result = world.deliver()
    assert (
        result.status,
        result.acknowledged,
        result.rejected,
        result.unsent,
        result.requests,
    ) == ("failed", 100, 0, 150, 2)
    assert remedy in result.message and "destination hubspot" in result.message
    world.sandbox.faults.clear()
    assert world.deliver().added == 150
    effects = world.effects()["keys"]
    assert len(effects) == 250 and all(len(sends) == 1 for sends in effects.values())


def test_nothing_is_removed_unless_every_upsert_settled(world):
    world.people(150)
    world.deliver(mode="mirror")
    for i in range(20):
        world.rows.pop(f"c{i}")
    world.rows["c30"]["firstname"] = "x"
    world.fault(kind="status", status=401)
    result = world.deliver(mode="mirror")
    assert (result.status, result.removed, result.removals_unsent, len(world.contacts())) == (
        "failed",
        0,
        20,
        150,
    )


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_limit_is_waited_out_in_both_forms(world, form):
    world.people(150)
    until = datetime.fromtimestamp(world.clock.now + 90, UTC)
    world.fault(
        kind="status",
        status=429,
        retry_after="90" if form == "seconds" else format_datetime(until, usegmt=True),
        times=1,
    )
    result = world.deliver()
    assert (result.status, result.acknowledged, result.requests) == ("done", 150, 3)
    assert world.clock.slept == [90.0]


def test_the_vendors_own_words_about_a_limit_are_heeded(world):
    world.people(1)
    world.fault(kind="status", status=429, body={"policyName": "TEN_SECONDLY_ROLLING"}, times=2)
    assert world.deliver().acknowledged == 1
    assert world.clock.slept == [10.0, 10.0]
    world.rows["c0"]["firstname"] = "x"
    world.fault(kind="status", status=429, body={"policyName": "DAILY"}, times=1)
    result = world.deliver()
    assert (result.status, result.unsent, result.requests) == ("failed", 1, 1)
    assert "request limit is used up for 1440 more minutes" in result.message


def test_errors_before_and_after_the_effect_are_sent_again_under_the_same_key(world):
    world.people(150)
    world.fault(kind="status", status=503, times=1)
    world.fault(kind="status", status=500, when="after", times=1)
    world.fault(kind="reset", when="after", times=1, skip=1)
    result = world.deliver()
    assert (result.status, result.acknowledged) == ("done", 150)
    effects = world.effects()
    assert (effects["applied"], effects["repeats"] > 0) == (150, True)
    assert all(effect["applied"] == 1 for sends in effects["keys"].values() for effect in sends)


def test_backoff_has_full_jitter_with_a_base_and_a_cap(world):
    world.people(1)
    world.fault(kind="status", status=500)
    result = world.deliver()
    assert (result.unknown, result.requests) == (1, 5)
    assert world.clock.slept == [0.5, 1.0, 2.0, 4.0]


def test_an_unreachable_destination_fails_with_one_clear_line(world):
    world.people(3)
    world.base_url = "http://127.0.0.1:9"
    result = world.deliver()
    assert (result.status, result.unsent, result.unknown) == ("failed", 3, 0)
    assert result.message == (
        "destination hubspot: http://127.0.0.1:9 is not reachable or not ready after 5 attempts; "
        "check base_url and the network, then run again"
    )


def test_an_unset_secret_fails_with_the_settings_own_words(world):
    world.people(3)

    def unset():
        raise LookupError(
            "destination hubspot: environment variable HUBSPOT_TOKEN is not set:"
            " export it and run again"
        )

    world.secret = unset
    result = world.deliver()
    assert (result.status, result.unsent, result.requests) == ("failed", 3, 0)
    assert result.message == (
        "destination hubspot: environment variable HUBSPOT_TOKEN is not set:"
        " export it and run again"
    )
    world.secret = lambda: SECRET
    assert world.deliver().added == 3


def test_canaries_are_in_no_log_no_message_and_no_row(world, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    world.people(30)
    world.fault(kind="reject", keys=["c1"])
    world.fault(
        kind="status",
        status=500,
        body={"message": "canary1@example.org", "headers": f"Bearer {SECRET}"},
        times=1,
    )
    results = [world.deliver()]
    world.sandbox.faults.clear()
    world.fault(
        kind="status",
        status=403,
        body={"message": "canary1@example.org", "category": "canary1@example.org"},
    )
    results.append(world.deliver())
    world.sandbox.faults.clear()
    world.secret = lambda: SECRET + "\nX-Injected: yes"
    results.append(world.deliver())
    assert [result.status for result in results] == ["done", "failed", "failed"]
    captured = capfd.readouterr()
    said = (
        caplog.text
        + captured.out
        + captured.err
        + "".join(result.message or "" for result in results)
    )
    said += "".join(
        str(tuple(row))
        for table in ("delivery_log", "sync_runs")
        for row in world.store.query(f"select * from {table}")
    )
    assert "canary" not in said
    dump = b"".join(
        path.read_bytes()
        for path in world.folder.rglob("*")
        if path.is_file() and path.name != "gen.duckdb"
    )
    assert SECRET.encode() not in dump

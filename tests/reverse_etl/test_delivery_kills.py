"""Crashes are real: a delivery is killed at every durable step, run again, and nothing is lost, nothing is applied twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.reverse_etl import holds
from orchestration.reverse_etl.spec import Thresholds

SCRIPT = Path(__file__).with_name("killed_delivery.py")


@pytest.fixture
def disturbed(world):
    """40 delivered contacts; then 25 change, 5 are new, 4 leave and 2 withdraw their consent."""
    world.people(40)
    assert world.deliver().acknowledged == 40
    for i in range(25):
        world.rows[f"c{i}"]["firstname"] += "!"
    for i in range(40, 45):
        world.rows[f"c{i}"] = {"email": f"canary{i}@example.org", "firstname": f"Name {i}", "ltv": i}
    for i in range(30, 34):
        world.rows.pop(f"c{i}")
    world.withdrawn = {"canary35@example.org", "canary36@example.org"}
    world.generation()
    return world


def kill(world, run_id, place, changes_share="1"):
    """Deliver in a process of its own that is killed at `place`."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CLIENTELE_KILLPOINT": place}
    command = [sys.executable, str(SCRIPT), str(world.folder), world.sandbox.url, run_id, changes_share]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, f"{place} was not reached: {done.stdout}{done.stderr}"


def assert_nothing_lost_or_doubled(world):
    contacts = world.contacts()
    expected = {key: row["firstname"] for key, row in world.rows.items() if row["email"] not in world.withdrawn}
    assert {key: contact["firstname"] for key, contact in contacts.items()} == expected
    for key, effects in world.effects()["keys"].items():
        sends = [effect for effect in effects if effect["action"] == "upsert"]
        assert all(effect["applied"] == 1 for effect in effects), f"{key} was applied twice: {effects}"
        assert len(sends) == (2 if key in {f"c{i}" for i in range(25)} else 1), f"{key} was sent under two keys: {effects}"
    assert world.store.query("select count(*) from outbox")[0][0] == 0


KILLS = [
    ["delivery.after_queue:1"],
    ["delivery.after_queue:3"],
    ["delivery.after_answer:1"],
    ["delivery.after_answer:4"],
    ["delivery.after_settle:2"],
    ["delivery.before_record"],
    ["delivery.after_record"],
    ["delivery.after_answer:3", "delivery.after_queue:1"],
    ["delivery.after_answer:2", "delivery.after_answer:1", "delivery.after_drain"],
]


@pytest.mark.parametrize("kills", KILLS, ids=" then ".join)
def test_a_killed_delivery_loses_and_doubles_nothing(disturbed, kills):
    for attempt, place in enumerate(kills):
        kill(disturbed, f"killed-{attempt}", place)
    assert disturbed.deliver().status == "done"
    assert_nothing_lost_or_doubled(disturbed)
    assert disturbed.deliver().requests == 0


def test_a_kill_after_the_hold_leaves_one_hold_and_its_approval_survives_a_kill(disturbed):
    strict = Thresholds(changes_share=0.1, changes_floor=5)
    kill(disturbed, "killed", "delivery.after_hold", changes_share="0.1")
    assert disturbed.deliver(thresholds=strict).status == "held"
    (hold,) = holds.list_holds(disturbed.store)
    holds.approve(disturbed.store, hold["hold_id"], "ada")
    kill(disturbed, "killed-sending", "delivery.after_answer:2", changes_share="0.1")
    assert disturbed.deliver(thresholds=strict).status == "done"
    assert_nothing_lost_or_doubled(disturbed)

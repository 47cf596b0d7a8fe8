"""A preview says what the delivery does next, does none of it, and shows nobody's values."""

import shutil

from orchestration.reverse_etl.preview import masked_body, preview
from orchestration.reverse_etl.spec import Thresholds


def look(world, before=None):
    world.connection.execute(f"attach '{world.generation()}' as clientele (read_only)")
    world.connection.execute("set search_path = 'clientele.main'")
    try:
        return preview(
            world.spec,
            store=world.store,
            generation=world.connection,
            destination=world.destination(),
            before=before,
        )
    finally:
        world.connection.execute("set search_path = 'memory.main'")
        world.connection.execute("detach clientele")


def test_a_preview_says_what_the_delivery_then_does(world):
    world.people(60)
    world.deliver()
    delivered = shutil.copy(world.folder / "gen.duckdb", world.folder / "delivered.duckdb")
    for i in range(55):
        world.rows[f"c{i}"]["firstname"] = "Flipped"
    world.rows["c1"]["ltv"] = 77
    world.rows.pop("c59")
    world.withdrawn = {"canary58@example.org"}
    before = world.effects()["requests"], world.store.query("select count(*) from holds")[0][0]
    found = look(world, delivered)
    assert (found.verdicts, found.removals) == (
        {"change": 55, "unchanged": 3, "withheld": 1},
        {"left": 1, "withdrawn": 1},
    )
    assert found.reasons == ["55 of 60 rows would change, more than 50%"]
    assert found.field_changes == {"firstname": 55, "ltv": 1}
    assert found.samples[0] == {
        "key": "**",
        "field": "firstname",
        "before": "**** *",
        "after": "*******",
    }
    assert (
        world.effects()["requests"],
        world.store.query("select count(*) from holds")[0][0],
    ) == before
    result = world.deliver()
    assert (result.status, result.held, result.removals_held, result.removed, result.unchanged) == (
        "held",
        55,
        1,
        1,
        3,
    )


def test_bodies_are_those_that_would_be_sent_with_their_values_hidden(world):
    world.people(5)
    (body,) = look(world).bodies[:1]
    assert '"email": "*******@*******.***"' in body and '"firstname": "**** *"' in body
    assert "canary" not in body and "Name" not in body


def test_a_preview_needs_no_secret_and_no_destination_that_is_up(world):
    world.people(5)

    def unset():
        raise LookupError("not set")

    world.secret, world.base_url = unset, "http://127.0.0.1:9"
    assert look(world).verdicts == {"add": 5}


def test_a_preview_leaves_a_waiting_hold_and_the_control_store_alone(world):
    world.people(60)
    world.deliver(thresholds=Thresholds(first_run_rows=50))
    dump = "\n".join(world.store._connection.iterdump())
    look(world)
    assert "\n".join(world.store._connection.iterdump()) == dump
    assert world.deliver(thresholds=Thresholds(first_run_rows=60)).acknowledged == 60


def test_bodies_that_are_no_json_are_hidden_too():
    assert masked_body("To=%2B49151&Body=Hello Ada") == "To=%*******&Body=***** ***"
    message = masked_body("To: ada@example.org\nSubject: Your cart\n\nDear Ada, code=SAVE10")
    assert message.splitlines()[:2] == ["To: ***@*******.***", "Subject: **** ****"]
    assert "Ada" not in message and "SAVE10" not in message

"""The sandbox refuses what HubSpot refuses;
a stand-in that takes everything would prove nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.reverse_etl.sandbox import Sandbox

AUTH = {"Authorization": "Bearer x"}


def element(key="a", **changes):
    return {
        "id": key,
        "idProperty": "clientele_customer_id",
        "properties": {"firstname": "A"},
        **changes,
    }


@pytest.fixture
def call(world, post_json):
    def send(inputs, verb="upsert", headers=AUTH, **more):
        return post_json(
            f"{world.base_url}/crm/v3/objects/contacts/batch/{verb}",
            {"inputs": inputs, **more},
            headers,
        )

    return send


@pytest.mark.parametrize(
    "inputs",
    [
        [{"idProperty": "clientele_customer_id", "properties": {}}],
        [{"id": "a", "idProperty": "clientele_customer_id"}],
        [element(idProperty="firstname")],
        [element(), element()],
        [element(str(i)) for i in range(101)],
        [],
        "nothing",
    ],
    ids=[
        "no id",
        "no properties",
        "unknown idProperty",
        "duplicate ids",
        "101 inputs",
        "no inputs",
        "not a list",
    ],
)
def test_malformed_bodies_are_refused_whole(world, call, inputs):
    status, body = call(inputs)
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")
    assert world.effects()["applied"] == 0


def test_no_token_no_entry(call):
    assert call([element()], headers={})[0] == 401
    assert call([element()], headers={"Authorization": "Bearer "})[0] == 401


def test_an_unknown_path_is_404(call):
    assert call([element()], verb="explode")[0] == 404


def test_an_upsert_keeps_what_it_does_not_name_and_a_repeat_has_no_effect(world, call):
    status, body = call(
        [element(properties={"firstname": "A", "email": "A@X.org"}, objectWriteTraceId="t1")]
    )
    assert (status, body["results"][0]["new"], body["results"][0]["objectWriteTraceId"]) == (
        200,
        True,
        "t1",
    )
    call([element(properties={"firstname": "B"}, objectWriteTraceId="t2")])
    call([element(properties={"firstname": "A"}, objectWriteTraceId="t1")])
    assert world.contacts()["a"] == {
        "firstname": "B",
        "email": "a@x.org",
        "clientele_customer_id": "a",
    }
    assert (world.effects()["applied"], world.effects()["repeats"]) == (2, 1)


def test_an_address_belongs_to_one_contact(call):
    call([element(properties={"email": "a@x.org"})])
    status, body = call([element("b", properties={"email": "A@x.org"}), element("c")])
    assert (status, body["numErrors"], body["errors"][0]["category"]) == (207, 1, "CONFLICT")
    assert [result["properties"]["clientele_customer_id"] for result in body["results"]] == ["c"]


def test_read_and_archive(world, call):
    call([element("a"), element("b")])
    _, body = call([{"id": "a"}, {"id": "nobody"}], verb="read", idProperty="clientele_customer_id")
    (found,) = body["results"]
    assert call([{"id": found["id"]}], verb="archive") == (204, None)
    assert set(world.contacts()) == {"b"}


def test_a_fault_that_does_not_exist_is_refused(world, post_json):
    url = f"{world.sandbox.url}/__ctl/faults"
    assert post_json(url, {"kind": "earthquake"}, world.control)[0] == 400
    assert post_json(url, {"kind": "status", "colour": 1}, world.control)[0] == 400


@pytest.mark.parametrize("path", ["effects", "faults", "shopify/orders", "nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sandbox-token"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer é"},
    ],
)
def test_the_control_plane_answers_the_token_of_this_start_alone(world, post_json, path, headers):
    url = f"{world.sandbox.url}/__ctl/{path}"
    for method in ("GET", "POST", "DELETE"):
        status, body = post_json(url, [], headers, method)
        assert (status, list(body)) == (401, ["message"])
    assert post_json(f"{url}?token={world.sandbox.token}", [], headers, "GET")[0] == 401
    with Sandbox() as another:
        assert another.token != world.sandbox.token


def test_it_runs_by_hand(post_json):
    command = [Path(sys.executable).parent / "clientele", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[-1]
            told = process.stdout.readline() + process.stdout.readline() + process.stdout.readline()
            file = Path(told.split("-H @")[1].split()[0])
            assert oct(file.stat().st_mode)[-3:] == "600"
            name, _, value = file.read_text().strip().partition(": ")
            assert value.removeprefix("Bearer ") not in told
            assert post_json(f"{url}/__ctl/effects", None, {name: value}, "GET")[0] == 200
            assert post_json(f"{url}/__ctl/effects", None, None, "GET")[0] == 401
            assert (
                post_json(
                    f"{url}/hubspot/crm/v3/objects/contacts/batch/upsert",
                    {"inputs": [element()]},
                    AUTH,
                )[0]
                == 200
            )
        finally:
            process.kill()  # whoever started the tests may have had SIGTERM ignored

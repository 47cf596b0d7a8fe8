"""What holds at every destination behind the sandbox: rows arrive in batches, bad ones are alone,
silence loses and doubles nothing, a refused credential marks nothing, whoever leaves is taken back,
and nobody is named in a message.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.protocol import DestinationConfig
from orchestration.reverse_etl.sandbox import webhook
from orchestration.reverse_etl.sandbox.server import CONTRACTS
from orchestration.settings import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
PEOPLE = """
create view sync.people as
select
    customer_id,
    email,
    firstname as first_name,
    'Hello ' || firstname as body,
    '+4915112' || lpad(customer_id[2:], 6, '0') as phone
from sync.contacts
"""
ROWS = 120


class Case(NamedTuple):
    """One destination: what it is sent, how it takes back, and the keys of whom it holds,
    by its part of the sandbox's report."""

    kind: str
    fields: tuple[str, ...]
    removal: str
    holds: Callable[[dict[str, Any]], Any]
    options: Mapping[str, Any] = MappingProxyType({})
    secret: str = "tok-canary-91d3"


CASES = [
    Case(
        "hubspot",
        ("email",),
        "archive",
        lambda report: [one["clientele_customer_id"] for one in report["contacts"].values()],
    ),
    Case("braze", ("email", "first_name"), "delete", lambda report: report["users"]),
    Case(
        "klaviyo",
        ("email", "first_name"),
        "remove",
        lambda report: report["lists"].get("the_list", []),
    ),
    Case(
        "mailchimp",
        ("email", "first_name"),
        "archive",
        lambda report: map(_member_key, report["members"].values()),
    ),
    Case(
        "meta_audience",
        ("email", "phone"),
        "remove",
        lambda report: report["audiences"].get("the_list", {}),
    ),
    Case(
        "google_customer_match",
        ("email",),
        "remove",
        lambda report: map(_google_key, report["lists"].get("the_list", [])),
        {"account": "1"},
    ),
    Case(
        "webhook",
        ("email", "first_name"),
        "delete",
        lambda report: report["rows"].get("the_list", {}),
        secret=webhook.SECRET,
    ),
]


def _address(key: str) -> str:
    return f"canary{key[1:]}@example.org"


def _google_key(identifier: str) -> str:
    """Google knows people by hashes alone."""
    return HASHES[identifier.split('"')[3]]


def _member_key(member: dict[str, Any]) -> str:
    return (
        "c3"
        if member["email_address"].startswith("new")
        else f"c{member['email_address'].partition('@')[0].removeprefix('canary')}"
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


HASHES = {_sha256(_address(f"c{i}")): f"c{i}" for i in range(ROWS)}


@pytest.fixture(params=CASES, ids=[case.kind for case in CASES])
def case(request, world):
    """The case, with the world set up for it."""
    made = request.param
    world.views = [PEOPLE]
    world.spec = replace(
        world.spec,
        name=f"{made.kind}_people",
        destination=made.kind,
        object="contacts" if made.kind == "hubspot" else "the_list",
        relation=("sync", "people"),
        fields=made.fields,
        mode="mirror",
        on_removal=made.removal,
    )
    world.options = {**world.options, **made.options}
    world.base_url = f"{world.sandbox.url}/{made.kind}"
    world.secret = lambda: made.secret
    world.people(ROWS)
    return made


def held(world, case) -> set[str]:
    return set(case.holds(world.effects(case.kind)))


def test_rows_arrive_in_batches_and_whoever_leaves_is_taken_back(world, case):
    result = world.deliver()
    assert (result.status, result.acknowledged, result.message) == ("done", ROWS, None)
    assert held(world, case) == set(world.rows)
    assert world.deliver().requests == 0
    world.rows.pop("c7")
    world.withdrawn = {_address("c8")}
    result = world.deliver()
    assert (result.removed, result.withheld, result.acknowledged) == (2, 1, 0)
    assert held(world, case) == set(world.rows) - {"c8"}
    assert world.deliver().requests == 0


def test_a_bad_row_is_alone_and_is_not_named(world, case, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    world.fault(kind="reject", keys=["c42", _address("c42"), _sha256(_address("c42"))])
    result = world.deliver()
    assert (result.status, result.acknowledged, result.rejected) == ("done", ROWS - 1, 1)
    assert held(world, case) == set(world.rows) - {"c42"}
    (row,) = world.store.query("select key, reason from delivery_state where status = 'rejected'")
    said = caplog.text + "".join(capfd.readouterr()) + (result.message or "") + row["reason"]
    assert row["key"] == "c42" and "canary" not in said and "Hello" not in said


def test_what_was_applied_without_an_answer_is_settled_by_the_same_state(world, case):
    world.fault(kind="status", status=503, when="after", times=1, destination=case.kind)
    world.fault(kind="reset", when="after", times=1, skip=1, destination=case.kind)
    result = world.deliver()
    assert (result.status, result.acknowledged) == ("done", ROWS)
    assert held(world, case) == set(world.rows)
    world.sandbox.faults.clear()
    world.rows["c3"]["email"] = "new-canary@example.org"
    world.fault(kind="reset", when="after", destination=case.kind)
    assert (result := world.deliver()).unknown == 1, result
    world.sandbox.faults.clear()
    result = world.deliver()
    assert (result.drained, result.unchanged, result.unknown) == (1, ROWS, 0)
    assert len(world.effects(case.kind)["keys"]) >= ROWS


@pytest.mark.parametrize(
    "body", [{"unexpected": True}, [{"ok": True}]], ids=["another object", "no object"]
)
def test_a_2xx_that_does_not_say_so_is_no_success(world, case, body):
    """The receiver of webhooks is ours: its 2xx alone is its word."""
    world.people(3)
    world.fault(kind="status", status=200, when="before", body=body, destination=case.kind)
    result = world.deliver()
    if case.kind == "webhook":
        assert result.acknowledged == 3
    else:
        assert (result.acknowledged, result.rejected, result.unknown) == (0, 0, 3)
        assert result.message.startswith("3 rows had no answer")


def test_a_refused_credential_marks_nothing(world, case):
    world.secret = lambda: "other"
    world.fault(kind="status", status=401, destination=case.kind)
    result = world.deliver()
    assert (result.status, result.unsent, result.acknowledged) == ("failed", ROWS, 0)
    assert "the credential was refused" in result.message and "other" not in result.message
    assert world.effects(case.kind)["applied"] == 0


def test_every_file_of_the_folder_is_in_a_case():
    """A destination that nobody tests here has a test file of its own."""
    own = {"files", "postgres", "rest_records", "smtp_email", "twilio_sms"}
    assert set(destinations.available()) == {case.kind for case in CASES} | own
    assert {case.kind for case in CASES} <= set(CONTRACTS)


@pytest.mark.parametrize("kind", destinations.available())
def test_the_readme_says_what_a_destination_does(kind):
    options = {"account": "1", "from": "shop@shop.example", "folder": "/lists"}
    made = destinations.build(DestinationConfig(kind, lambda: "", "smtp://127.0.0.1:9", options))
    (row,) = re.findall(
        rf"^\| `{kind}` \|[^|]*\| ([\d,]+) \| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE
    )
    again = {
        "same_key": ("sets a state", "honours keys"),
        "look_up": ("asked first",),
        "never": ("never",),
    }[made.resend]
    assert (int(row[0].replace(",", "")), row[2]) == (
        made.batch_rows,
        ", ".join(made.removals) or "–",
    )
    assert row[1] in again and made.requests == 0

"""What is special about single vendors: their own ways of refusing, limiting and forgetting;
and that their stand-ins are strict."""

import httpx
import pytest

from orchestration.reverse_etl.protocol import (
    Column,
    NoAnswer,
    Outcome,
    Stopped,
)
from orchestration.reverse_etl.sandbox.webhook import SECRET
from orchestration.reverse_etl.spec import SpecError

ANY_KEY = {
    "Authorization": "Bearer k",
    "revision": "2026-07-15",
    "Content-Type": "application/vnd.api+json",
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "braze/users/track", {"attributes": [{"external_id": str(i)} for i in range(76)]}),
        ("POST", "braze/users/track", {"attributes": [{"email": "nobody"}]}),
        ("POST", "braze/users/delete", {"external_ids": [str(i) for i in range(51)]}),
        (
            "POST",
            "meta_audience/v25.0/1/users",
            {"payload": {"schema": ["EXTERN_ID"], "data": [["c1"]]}},
        ),
        (
            "POST",
            "meta_audience/v25.0/1/users",
            {
                "session": {"session_id": 1, "batch_seq": 1},
                "payload": {"schema": ["MAIL"], "data": [["x"]]},
            },
        ),
        (
            "POST",
            "google_customer_match/v1/audienceMembers:ingest",
            {"destinations": [], "audienceMembers": [], "encoding": "HEX"},
        ),
        (
            "POST",
            "klaviyo/api/profile-import",
            {"data": {"type": "profile", "attributes": {"email": "a@example.org"}}},
        ),
        (
            "POST",
            "klaviyo/api/lists/x/relationships/profiles",
            {"data": [{"type": "profile", "id": f"id-{i}"} for i in range(1001)]},
        ),
        (
            "POST",
            "mailchimp/lists/x",
            {"members": [{"email_address": "a@example.org", "merge_fields": {}}]},
        ),
        (
            "PUT",
            f"mailchimp/lists/x/members/{'0' * 32}",
            {"email_address": "no address", "status_if_new": "pending", "merge_fields": {}},
        ),
        ("POST", "webhook/", {"rows": []}),
    ],
)
def test_a_malformed_body_is_refused_and_applied_nowhere(world, post_json, method, path, body):
    kind = path.partition("/")[0]
    keys = ANY_KEY | {
        "Authorization": {"klaviyo": "Klaviyo-API-Key k", "mailchimp": "Basic k"}.get(
            kind, "Bearer k"
        )
    }
    status, _ = post_json(f"{world.sandbox.url}/{path}", body, keys, method)
    assert status == (401 if kind == "webhook" else 400)
    assert world.effects(kind)["applied"] == 0


@pytest.mark.parametrize(
    "kind",
    [
        "braze",
        "google_customer_match",
        "hubspot",
        "klaviyo",
        "mailchimp",
        "meta_audience",
        "webhook",
    ],
)
def test_a_preview_is_what_is_sent(sent, kind, monkeypatch):
    one, posted = sent(kind, SECRET), []
    request = one.destination.client.request
    monkeypatch.setattr(
        one.destination.client,
        "request",
        lambda *given, **more: posted.append(given[2:]) or request(*given, **more),
    )
    email = "a" * 64 if kind in ("meta_audience", "google_customer_match") else "a@example.org"
    assert one.send(payload={"email": email}, object="contacts").status == "acknowledged"
    assert [posted[0][0].decode()] == one.destination.preview(one.last)


def test_braze_unsubscribes_clears_and_makes_nobody(sent):
    braze = sent("braze")
    braze.send(payload={"email": "a@example.org", "tier": "gold"}, columns="email tier")
    braze.send("clear", columns="email tier")
    braze.send("unsubscribe")
    braze.send("unsubscribe", key="nobody")
    assert braze.report()["users"] == {
        "c1": {"email": "a@example.org", "email_subscribe": "unsubscribed"}
    }
    with pytest.raises(SpecError, match="could subscribe somebody"):
        braze.destination.encode(Column("email_subscribe", "VARCHAR"), "x")


def test_klaviyo_clears_what_became_null_and_never_in_a_job(sent, world):
    klaviyo = sent("klaviyo")
    person = {"email": "a@example.org", "first_name": "Ada", "city": "Bonn", "tier": "gold"}
    klaviyo.send(payload=person)
    klaviyo.send(payload={**person, "first_name": None, "tier": None, "city": None}, is_new=False)
    assert klaviyo.report()["profiles"]["c1"] == {
        "external_id": "c1",
        "email": "a@example.org",
        "location": {},
        "properties": {},
    }
    assert klaviyo.report()["lists"] == {"the_list": ["c1"]}
    world.fault(kind="reject", keys=["c1"])
    assert klaviyo.send(payload={"email": None}, is_new=False) == Outcome(
        "rejected", "HTTP 400 (invalid)"
    )
    world.fault(kind="job", how="cancelled", times=1)
    with pytest.raises(NoAnswer, match="job cancelled"):
        klaviyo.send(payload=person, key="c2")


def test_klaviyo_unsubscribes_from_everything_and_erases(sent):
    klaviyo = sent("klaviyo")
    klaviyo.send(payload={"email": "a@example.org"})
    klaviyo.send("unsubscribe")
    assert klaviyo.report()["unsubscribed"] == ["a@example.org"]
    klaviyo.send("erase")
    klaviyo.send("erase", key="nobody")
    assert (klaviyo.report()["profiles"], klaviyo.report()["lists"]) == ({}, {"the_list": []})


def test_klaviyos_profiles_of_no_list_are_removed_from_none(sent):
    with pytest.raises(Stopped, match="on no list"):
        sent("klaviyo").send("remove", object="profiles")


def test_mailchimp_never_subscribes_whoever_unsubscribed(sent):
    mailchimp = sent("mailchimp")
    person = {"email": "A@example.org", "fname": "Ada"}
    added = mailchimp.send(payload=person)
    mailchimp.send("unsubscribe", remote_id=added.remote_id)
    assert mailchimp.send(payload=person) == added  # it exists: an update
    moved = mailchimp.send(payload={**person, "email": "b@example.org"}, remote_id=added.remote_id)
    (member,) = mailchimp.report()["members"].values()
    assert member == {
        "email_address": "b@example.org",
        "status": "unsubscribed",
        "merge_fields": {"FNAME": "Ada"},
    }
    mailchimp.send("erase", remote_id=moved.remote_id)
    mailchimp.send("erase", remote_id=moved.remote_id)
    assert mailchimp.send(payload={**person, "email": "b@example.org"}) == Outcome(
        "rejected", "ERROR_GENERIC"
    )
    assert mailchimp.send("archive", remote_id=None) == Outcome("rejected", "address unknown")


def test_mailchimps_throttling_without_words_is_waited_out(sent, world):
    mailchimp = sent("mailchimp")
    status_of = mailchimp.destination.status_of
    assert (
        status_of(httpx.Response(403, text="")),
        status_of(httpx.Response(403, json={"title": "Forbidden"})),
    ) == (429, 403)
    world.fault(kind="status", status=429, times=2)
    assert mailchimp.send(payload={"email": "a@example.org"}).status == "acknowledged"
    assert world.clock.slept == [0.5, 1.0]


def test_hubspot_makes_nobody_by_taking_back_and_asks_for_what_it_needs(sent):
    hubspot = sent("hubspot")
    hubspot.send(
        payload={"email": "a@example.org", "tier": "gold"}, columns="email tier", object="contacts"
    )
    for action in ("clear", "unsubscribe", "archive", "erase"):
        assert (
            hubspot.send(action, key="nobody", columns="email tier", object="contacts").status
            == "acknowledged"
        )
    hubspot.send("clear", columns="email tier", object="contacts")
    hubspot.send("unsubscribe", object="contacts")
    report = hubspot.report()
    assert [(one["email"], one["tier"]) for one in report["contacts"].values()] == [
        ("a@example.org", "")
    ]
    assert report["unsubscribed"] == ["a@example.org"]
    hubspot.send("erase", object="contacts")
    assert hubspot.report()["contacts"] == {}

"""What is special about single vendors: their own ways of refusing, limiting and forgetting;
and that their stand-ins are strict."""

import json
from dataclasses import replace

import duckdb
import httpx
import pytest

from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.encoding import payload_sql
from orchestration.reverse_etl.hashing import GOOGLE, META
from orchestration.reverse_etl.protocol import (
    Batch,
    Column,
    DestinationConfig,
    NoAnswer,
    Outcome,
    Refused,
    Row,
    Stopped,
)
from orchestration.reverse_etl.sandbox.webhook import SECRET
from orchestration.reverse_etl.spec import SpecError

OPTIONS = {"rate_limit": "none", "account": "1"}
ANY_KEY = {
    "Authorization": "Bearer k",
    "revision": "2026-07-15",
    "Content-Type": "application/vnd.api+json",
}


class Sent:
    """One destination, opened, with rows by hand."""

    def __init__(self, world, kind, secret):
        self.world, self.kind = world, kind
        options = {**OPTIONS, "token_url": f"{world.sandbox.url}/{kind}"}
        config = DestinationConfig(
            kind, lambda: secret, f"{world.sandbox.url}/{kind}", options, clock=world.clock
        )
        self.destination = destinations.build(config)
        self.destination.open()

    def send(
        self, action="upsert", payload=None, *, columns="email", key="c1", object="the_list", **row
    ) -> Outcome:
        named = tuple(Column(name, "VARCHAR") for name in columns.split())
        made = Row(
            key,
            action,
            1,
            f"{action}-{key}",
            json.dumps(payload or {}),
            "h",
            None,
            None,
            "k",
            None,
            True,
            False,
        )._replace(**row)
        self.last = Batch(
            object, action, "upsert", Column("customer_id", "VARCHAR"), named, "email", [made]
        )
        (outcome,) = self.destination.send(self.last)
        return outcome

    def report(self):
        return self.world.effects(self.kind)


@pytest.fixture
def sent(world):
    opened = []

    def open_kind(kind, secret="secret-us6"):
        opened.append(Sent(world, kind, secret))
        return opened[-1]

    yield open_kind
    for one in opened:
        one.destination.close()


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


@pytest.mark.parametrize(
    ("kind", "known"), [("meta_audience", META), ("google_customer_match", GOOGLE)]
)
def test_audiences_are_sent_identifiers_and_nothing_else(sent, kind, known):
    destination = sent(kind).destination
    assert "sha256" in destination.encode(Column("email", "VARCHAR"), "email")
    with pytest.raises(
        SpecError, match=rf"lifetime_value is no identifier .* send only {', '.join(known)}"
    ):
        destination.encode(Column("lifetime_value", "DOUBLE"), "lifetime_value")


def test_whoever_has_no_identifier_is_no_member_and_never_half_of_one(sent):
    meta, google = sent("meta_audience"), sent("google_customer_match")
    assert meta.send(payload={"email": None}) == Outcome("rejected", "no identifier")
    assert google.send(
        payload={"first_name": "a" * 64, "last_name": "b" * 64, "postcode": "1"}
    ) == Outcome("rejected", "no identifier")
    assert meta.destination.requests + google.destination.requests == 0


def test_a_whole_person_reaches_meta_in_the_order_of_the_schema(sent, world):
    meta = sent("meta_audience")
    columns = tuple(Column(name, "VARCHAR") for name in META)
    values = (
        "'a@example.org' as email, '+1 555 987 6543' as phone, 'Ada' as first_name,"
        " null as last_name, 'f' as gender, '1990-02-03' as"
    )
    values += (
        " date_of_birth, 'Bonn' as city, null as state, '53111' as postcode, 'DE' as country_code"
    )
    sql = payload_sql(replace(world.spec, destination="meta_audience"), columns, meta.destination)
    payload = duckdb.sql(f"select {sql} from (select {values})").fetchone()[0]
    assert meta.send(payload=json.loads(payload), columns=" ".join(META)).status == "acknowledged"
    (person,) = meta.report()["audiences"]["the_list"].values()
    assert set(person) == {
        "EMAIL",
        "PHONE",
        "FN",
        "GEN",
        "DOBY",
        "DOBM",
        "DOBD",
        "CT",
        "ZIP",
        "COUNTRY",
    }


def test_meta_tells_tokens_limits_and_outages_apart_by_code(sent, world):
    meta, hashed = sent("meta_audience"), {"email": "a" * 64}
    world.fault(kind="status", status=400, body={"error": {"code": 80003}}, times=1)
    assert (meta.send(payload=hashed).status, world.clock.slept) == ("acknowledged", [60.0])
    usage = {
        "X-Business-Use-Case-Usage": (
            '{"1": [{"type": "custom_audience", "estimated_time_to_regain_access": 3}]}'
        )
    }
    assert (
        meta.destination.pause_of(
            httpx.Response(400, json={"error": {"code": 80003}}, headers=usage)
        )
        == 180.0
    )
    world.fault(kind="status", status=400, body={"error": {"code": 2}})
    with pytest.raises(NoAnswer):
        meta.send(payload=hashed)
    world.sandbox.faults.clear()
    world.fault(kind="status", status=400, body={"error": {"code": 190}})
    with pytest.raises(Stopped, match="answered 401 \\(190\\); the credential was refused"):
        meta.send(payload=hashed)


def test_google_says_later_what_it_could_not_take(sent, world):
    google, hashed = sent("google_customer_match"), {"email": "a" * 64}
    for how in ("FAILED", "PARTIAL_SUCCESS"):
        world.fault(kind="job", how=how, times=1)
        with pytest.raises(Refused, match=how):
            google.send(payload=hashed)
    world.fault(kind="job", how="PROCESSING", times=1)
    assert google.send(payload=hashed).status == "acknowledged"
    assert sum(world.clock.slept) == 60


def test_googles_access_tokens_are_renewed_before_they_end(sent, world):
    parts = {"client_id": "id", "client_secret": "canary", "refresh_token": "canary"}
    google, hashed = sent("google_customer_match", json.dumps(parts)), {"email": "a" * 64}
    first = google.destination._token.current()
    assert (
        google.send(payload=hashed).status == "acknowledged"
        and google.destination._token.current() == first
    )
    world.clock.now += 3500
    assert (
        google.send(payload=hashed).status == "acknowledged"
        and google.destination._token.current() != first
    )
    revoked = sent("google_customer_match", json.dumps({**parts, "refresh_token": "revoked"}))
    with pytest.raises(
        Stopped, match=r"gave no access token .HTTP 400 .invalid_grant..; renew"
    ) as stop:
        revoked.send(payload=hashed)
    assert "canary" not in str(stop.value)
    with pytest.raises(Stopped, match="needs client_id, client_secret, refresh_token"):
        sent("google_customer_match", '{"client_id": "x"}')


def test_google_forgets_the_old_address_and_keeps_no_identifier_of_the_removed(sent):
    google = sent("google_customer_match")
    first = google.send(payload={"email": "a" * 64})
    second = google.send(payload={"email": "b" * 64}, remote_id=first.remote_id)
    assert google.report()["lists"]["the_list"] == ['{"emailAddress": "' + "b" * 64 + '"}']
    assert google.send("remove", remote_id=second.remote_id) == Outcome("acknowledged", None, "")
    assert google.report()["lists"]["the_list"] == []
    assert google.send("remove") == Outcome("rejected", "identifiers unknown")


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

"""What is special about audiences: identifiers and nothing else, answers that come late."""

import json
from dataclasses import replace

import duckdb
import httpx
import pytest

from orchestration.reverse_etl.encoding import payload_sql
from orchestration.reverse_etl.hashing import GOOGLE, META
from orchestration.reverse_etl.protocol import (
    Column,
    NoAnswer,
    Outcome,
    Refused,
    Stopped,
)
from orchestration.reverse_etl.spec import SpecError


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

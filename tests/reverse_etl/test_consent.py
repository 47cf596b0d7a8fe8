"""The consent gate: who may be sent is judged per contact point, channel and purpose,
and anything unclear is a no."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reverse_etl import consent
from orchestration.reverse_etl.spec import SpecError, SyncSpec

SPEC = SyncSpec(
    "s",
    "d",
    "o",
    ("sync", "t"),
    "customer_id",
    purpose="marketing",
    channel="email",
    contact_point="email",
)


@pytest.mark.parametrize(
    "written", ["a@x.org", " A@x.org\u00a0", "\u3000Ä@x.org", "a b@x.org ", "", " ", "\u00a0", None]
)
def test_a_contact_point_is_compared_trimmed_and_in_lower_case(written):
    meant = (written or "").strip().lower() or None
    assert duckdb.execute(
        f"select {consent.normalised('$written')}", {"written": written}
    ).fetchone() == (meant,)


def test_no_grant_no_sending(world):
    world.people(10)
    world.missing = {"canary1@example.org"}
    world.withdrawn = {"canary2@example.org"}
    world.rows["c3"]["email"] = None
    result = world.deliver()
    assert (result.acknowledged, result.withheld) == (7, 3)
    assert {"c1", "c2", "c3"}.isdisjoint(world.contacts())


@pytest.mark.parametrize("undeclared", ["purpose", "channel", "contact_point"])
def test_nothing_declared_nothing_sent(world, undeclared):
    world.people(5)
    result = world.deliver(**{undeclared: None})
    assert (result.status, result.withheld, result.requests) == ("done", 5, 0)


@pytest.mark.parametrize(("purpose", "channel"), [("service", "email"), ("marketing", "sms")])
def test_a_grant_for_something_else_is_none(world, purpose, channel):
    world.people(5)
    assert world.deliver(purpose=purpose, channel=channel).withheld == 5


def test_addresses_are_compared_without_case_and_spaces(world):
    world.people(1)
    world.generation()
    world.rows["c0"]["email"] = " Canary0@Example.ORG "
    assert world.deliver().acknowledged == 1


def test_withdrawn_means_taken_back_and_a_new_grant_sends_again(world):
    world.people(10)
    world.deliver()
    world.withdrawn = {"canary4@example.org"}
    result = world.deliver()
    assert (result.withheld, result.planned_removals, result.removed) == (1, 1, 1)
    assert "c4" not in world.contacts()
    assert world.deliver().requests == 0
    world.withdrawn = set()
    assert world.deliver().added == 1


def test_withdrawn_is_taken_back_even_where_absence_is_ignored(world):
    world.people(10)
    world.deliver(on_removal="ignore")
    world.withdrawn = {"canary4@example.org"}
    assert world.deliver(on_removal="ignore").removed == 1
    assert world.contacts()["c4"]["firstname"] == ""


def test_a_row_left_by_a_crash_is_not_sent_once_its_consent_is_gone(world):
    """It may have arrived before the crash: it is withheld, and taken back at once."""
    world.people(3)
    world.fault(kind="reset", when="after", times=10)
    assert world.deliver().unknown == 3
    world.sandbox.faults.clear()
    world.withdrawn = {"canary1@example.org"}
    result = world.deliver()
    assert (result.drained, result.withheld, result.removed, result.unchanged) == (3, 1, 1, 2)
    assert set(world.contacts()) == {"c0", "c2"}
    statuses = world.store.query(
        "select action, status from delivery_log where status = 'withheld'"
    )
    assert [tuple(row) for row in statuses] == [("upsert", "withheld")]


def lose_the_answer(world, on_removal, **values):
    """c1 has a new value, of which nobody was told whether it arrived."""
    world.people(3)
    world.deliver(on_removal=on_removal)
    world.rows["c1"].update(values)
    world.fault(kind="reset", when="after")
    assert world.deliver(on_removal=on_removal).unknown == 1
    world.sandbox.faults.clear()


def withdraw_after_a_lost_answer(world):
    """c1 has a new name that may have arrived, and then said no."""
    lose_the_answer(world, "clear", firstname="new")
    world.withdrawn = {"canary1@example.org"}


def test_what_takes_back_goes_under_a_key_of_its_own(world):
    """An update without an answer is withdrawn and granted again:
    two bodies more, so two keys more."""
    withdraw_after_a_lost_answer(world)
    assert world.deliver(on_removal="clear").removed == 1
    assert world.contacts()["c1"]["firstname"] == ""
    world.withdrawn = set()
    assert world.deliver(on_removal="clear").acknowledged == 1
    assert world.contacts()["c1"]["firstname"] == "new"


def test_what_may_have_arrived_goes_under_its_old_key_also_after_a_taking_back_that_was_not_sent(
    world,
):
    withdraw_after_a_lost_answer(world)
    world.fault(kind="status", status=401)
    assert world.deliver(on_removal="clear").removals_unsent == 1
    world.sandbox.faults.clear()
    world.withdrawn = set()
    assert world.deliver(on_removal="clear").acknowledged == 1
    assert [effect["applied"] for effect in world.effects()["keys"]["c1"]] == [1, 1]
    assert world.contacts()["c1"]["firstname"] == "new"


def test_a_refusal_does_not_hide_what_may_have_arrived_before_it(world):
    """old is there, new may be there; another one is refused, and the old one comes back:
    only sending it makes sure."""
    withdraw_after_a_lost_answer(world)
    world.fault(kind="status", status=401)
    world.deliver(on_removal="clear")
    world.sandbox.faults.clear()
    world.withdrawn = set()
    world.rows["c1"]["firstname"] = "refused"
    world.fault(kind="reject", keys=["c1"])
    assert world.deliver(on_removal="clear").rejected == 1
    world.sandbox.faults.clear()
    world.rows["c1"]["firstname"] = "Name 1"
    assert world.deliver(on_removal="clear").changed == 1
    assert world.contacts()["c1"]["firstname"] == "Name 1"


def test_an_address_that_may_have_arrived_is_taken_back_when_it_says_no(world):
    """The acknowledged address says nothing;
    the new one, of which nobody was told whether it arrived, withdraws after the row has left."""
    lose_the_answer(world, "ignore", email="other@example.org")
    world.rows.pop("c1")
    world.withdrawn = {"other@example.org"}
    assert world.deliver(on_removal="ignore").removed == 1
    assert world.contacts()["c1"]["firstname"] == ""


def test_a_listed_contact_point_is_withheld_and_its_removal_may_be_an_accident(world):
    world.people(60)
    world.deliver()
    world.excluded = [(row["email"].upper(), None, "excluded") for row in world.rows.values()]
    result = world.deliver()
    assert (result.status, result.withheld, result.removals_held, result.requests) == (
        "held",
        60,
        60,
        0,
    )
    world.excluded = [
        ("canary1@example.org", None, "excluded"),
        ("canary2@example.org", "service", "excluded"),
    ]
    assert (result := world.deliver()).removed == 1 and result.withheld == 1
    assert "c1" not in world.contacts() and "c2" in world.contacts()


def test_an_erasure_passes_a_hold_takes_the_strongest_way_and_leaves_a_receipt(world):
    world.people(60)
    world.deliver(on_removal="ignore")
    world.excluded = [
        ("canary1@example.org", None, "erased"),
        ("canary1@example.org", "marketing", "excluded"),
    ]
    world.rows.pop("c1")
    for row in world.rows.values():
        row["ltv"] = -1
    result = world.deliver(on_removal="ignore")
    assert (result.status, result.removed, result.held) == ("held", 1, 59)
    assert "c1" not in world.contacts()
    (receipt,) = world.store.query(
        "select action, status, reason from delivery_log where action <> 'upsert'"
    )
    assert tuple(receipt) == ("erase", "acknowledged", "erased")
    assert (
        world.store.query("select contact_hash from delivery_state where status = 'removed'")[0][0]
        is None
    )


def test_a_consent_at_the_destination_only_ever_moves_towards_no(world):
    """firstname stands for a field in which HubSpot keeps its own subscription."""
    world.people(1, firstname="no")
    rule = {"firstname": "no"}
    world.deliver(only_withdraws=rule)
    world.rows["c0"].update(firstname="yes", ltv=7)
    world.deliver(only_withdraws=rule)
    assert (world.contacts()["c0"]["firstname"], world.contacts()["c0"]["ltv"]) == ("no", "7.00")
    world.rows["c0"].update(firstname="no")
    world.deliver(only_withdraws=rule)
    assert world.contacts()["c0"]["firstname"] == "no"


def test_purpose_none_is_refused_for_personal_data():
    with pytest.raises(SpecError, match="purpose: none is not allowed for personal data"):
        SyncSpec("s", "d", "o", ("sync", "t"), "customer_id", purpose="none")


def test_purpose_none_sends_what_is_not_personal(world):
    world.people(5)
    world.missing = {row["email"] for row in world.rows.values()}
    assert world.deliver(purpose="none", personal_data=False).acknowledged == 5


POINTS = st.sampled_from(["a@x.org", "A@x.org ", "b@x.org", "c@x.org", "", None])
RECORDS = st.tuples(
    POINTS,
    st.sampled_from(["email", "sms", None]),
    st.sampled_from(["marketing", "service", None]),
    st.sampled_from(["granted", "withdrawn", "GRANTED", "maybe", "", None]),
)


def normalise(point):
    return (point or "").strip().lower() or None


@pytest.fixture(scope="module")
def gate():
    connection = duckdb.connect()
    connection.execute("create schema core")
    columns = "contact_point varchar, channel varchar, purpose varchar, state varchar"
    connection.execute(f"create table core.consents ({columns})")
    connection.execute(
        "create table core.exclusions (contact_point varchar, purpose varchar, consequence varchar)"
    )
    yield connection
    connection.close()


@settings(max_examples=150, deadline=None)
@given(records=st.lists(RECORDS, max_size=8), point=POINTS)
def test_only_a_grant_and_nothing_but_grants_opens_the_gate(gate, records, point):
    gate.execute("delete from core.consents")
    for record in records:
        gate.execute("insert into core.consents values (?, ?, ?, ?)", record)
    consent.load(gate, SPEC)
    expression = consent.granted_sql(SPEC, consent.normalised("?::varchar").replace("?", "$point"))
    (opened,) = gate.execute(f"select {expression}", {"point": point}).fetchone()
    said = [
        state
        for address, channel, purpose, state in records
        if (normalise(address), channel, purpose) == (normalise(point), "email", "marketing")
    ]
    assert opened == (
        normalise(point) is not None and bool(said) and all(state == "granted" for state in said)
    )

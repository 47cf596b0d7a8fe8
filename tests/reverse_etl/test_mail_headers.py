"""A mail has the headers that it was given, whatever stands in them."""

from dataclasses import replace

import pytest
from hostile_values import HEADERS
from smtp_server import serve

from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.destinations import _mail, smtp_email
from orchestration.reverse_etl.protocol import DestinationConfig

COLUMNS = ("email", "subject", "text", "unsubscribe_url")
GIVEN = ["From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"]
MESSAGES = """
create view sync.messages as
select * replace (firstname as {column})
from (
    select
        customer_id as event_id, email, 'Hello' as subject, 'A text' as text, firstname,
        'https://shop.example/u' as unsubscribe_url, email as address
    from sync.contacts
)
"""
OPTIONS = {"from": "Shop <shop@shop.example>"}


@pytest.fixture(scope="module")
def smtp_server():
    yield from serve()


@pytest.fixture
def mails(world, smtp_server):
    box, world.base_url = smtp_server
    box.__init__()
    world.options = {**world.options, **OPTIONS}
    world.spec = replace(
        world.spec,
        name="mails",
        destination="smtp_email",
        relation=("sync", "messages"),
        key="event_id",
        fields=COLUMNS,
        mode="append",
        on_removal="ignore",
        contact_point="address",
    )
    return box, world


def names(message):
    return [name for name in message.keys() if not name.startswith(("Content-", "MIME-"))]  # noqa: SIM118


@pytest.mark.parametrize("column", ["subject", "email", "unsubscribe_url"])
def test_no_value_makes_a_header_and_each_costs_its_own_message(mails, column):
    box, world = mails
    values = [value for where, value in HEADERS if where == column]
    world.views = [MESSAGES.format(column=column)]
    world.people(len(values) + 1)
    for number, value in enumerate(values):
        world.rows[f"c{number}"]["firstname"] = value
    honest = {"email": "ada@b.example", "subject": "Für 2+2=? und Ökö"}.get(
        column, "https://shop.example/u?a=1"
    )
    world.rows[f"c{len(values)}"]["firstname"] = honest
    result = world.deliver()
    (message,) = box.messages
    assert names(message) == GIVEN
    assert honest in (message["Subject"], message["To"], message["List-Unsubscribe"][1:-1])
    # However many there are: a refusal of our own is no reason to stop.
    assert (result.status, result.acknowledged, result.rejected) == ("done", 1, len(values))
    reasons = world.store.query("select distinct reason from delivery_state where reason not null")
    assert not any("Eve" in row["reason"] or "evil" in row["reason"] for row in reasons)


def test_a_written_message_is_read_again_before_it_is_sent(mails, monkeypatch):
    """Also where a header's value passed every check."""
    box, world = mails
    for module in (_mail, smtp_email):
        monkeypatch.setattr(module, "check_header", lambda name, value: None)
    world.views = [MESSAGES.format(column="subject")]
    world.people(1, firstname="=?utf-8?q?Eve=0ABcc:_all@evil.example?=")
    assert (world.deliver().rejected, box.messages) == (1, [])
    (row,) = world.store.query("select reason from delivery_state")
    assert row["reason"] in (
        "its headers read otherwise once they are written",
        "it cannot be written as a message",  # a Python that finds it out itself
    )


def test_long_and_foreign_subjects_read_as_they_were_written():
    for subject in ("Ünïcödé " * 40, "a" * 300, "Hello  two   blanks", "你好 " * 60, "👩‍💻 x" * 30):
        mail = _mail.compose([("Subject", subject), ("To", "ada@b.example")], "text", "<b>é</b>")
        assert b"\r\n\r\n" in mail.content


@pytest.mark.parametrize(
    "sender",
    [
        "shop@shop.example",
        "Shop <shop@shop.example>",
        '"Shop, Inc." <shop@shop.example>',
        '"Bäckerei Müller GmbH & Co. KG" <shop@shop.example>',
        "Bäckerei Müller <shop@shop.example>",
        "花屋 <shop@shop.example>",
        f"{'Long name ' * 20}<shop@shop.example>",
        f'"{"Größe, " * 30}" <shop@shop.example>',
    ],
)
def test_a_sender_may_have_any_name(sender):
    mail = _mail.compose([("From", sender), ("To", "ada@b.example")], "text", None)
    assert b"<shop@shop.example>" in mail.content or sender == "shop@shop.example"


@pytest.mark.parametrize(
    "options",
    [
        {"from": "=?utf-8?q?Eve=0ABcc:_all@evil.example?= <shop@shop.example>"},
        {"from": "Shop\nBcc: all@evil.example <shop@shop.example>"},
        {**OPTIONS, "unsubscribe_mailto": "stop@shop.example\r\nBcc: all@evil.example"},
    ],
)
def test_the_settings_are_checked_alike(options):
    with pytest.raises(destinations.SpecError, match=r"in options\..*; write it plainly"):
        destinations.build(
            DestinationConfig("smtp_email", lambda: "", "smtp://127.0.0.1:9", options)
        )

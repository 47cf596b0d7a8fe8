"""Messages to people: each goes out once or nobody knows, and then it is not sent again.

SMS to the stand-in, e-mail to a real server.
"""

import logging
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from smtp_server import serve

from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.protocol import DestinationConfig

MESSAGES = """
create view sync.messages as
select
    customer_id as event_id,
    email,
    '+4915112' || lpad(customer_id[2:], 6, '0') as phone,
    'Hello ' || firstname as body,
    'For ' || firstname as subject,
    '.Hello ' || firstname || chr(10) || '.' as text,
    '<b>Hé</b>' as html,
    'https://shop.example/u/' || customer_id as unsubscribe_url
from sync.contacts
"""
PHONE_CONSENTS = """
insert into core.consents select 'phone', phone, 'sms', 'marketing', 'granted' from sync.messages
"""


@pytest.fixture(scope="module")
def smtp_server():
    yield from serve()


@pytest.fixture
def secure_smtp_server(tmp_path):
    """One that wants STARTTLS and a login, with a certificate that only those
    trust who are told."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay of the tests")])
    now = datetime.now(UTC)
    itself = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(1),
        now + timedelta(1),
    )
    certificate = (
        made.add_extension(itself, False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    file, secret = tmp_path / "relay.pem", (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + key.private_bytes(*secret))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    for box, url in serve(tls_context=context, require_starttls=True, auth_required=True):
        yield box, url, file


@pytest.fixture
def channel(world):
    """The world set up for messages: one event a customer, five of them."""

    def prepare(kind, fields, contact, name, base_url, options):
        world.views = [MESSAGES, PHONE_CONSENTS]
        changes = {
            "name": f"{kind}_messages",
            "destination": kind,
            "relation": ("sync", "messages"),
            "key": "event_id",
            "fields": fields,
        }
        world.spec = replace(
            world.spec,
            **changes,
            mode="append",
            on_removal="ignore",
            channel=name,
            contact_point=contact,
        )
        world.options, world.base_url = {**world.options, **options}, base_url
        world.people(5)
        return world

    return prepare


@pytest.fixture
def sms(channel, world):
    options = {
        "account": "AC1",
        "from": "+15005550006",
        "status_callback": "https://shop.example/sms",
        "look_back_hours": 99_999,
    }
    return channel(
        "twilio_sms", ("phone", "body"), "phone", "sms", f"{world.sandbox.url}/twilio_sms", options
    )


@pytest.fixture
def mails(channel, smtp_server):
    box, url = smtp_server
    box.__init__()
    columns = ("email", "subject", "text", "html", "unsubscribe_url")
    options = {"from": "Shop <shop@shop.example>", "unsubscribe_mailto": "stop@shop.example"}
    return box, channel("smtp_email", columns, "email", "email", url, options)


def sent(world):
    return [message["to"][-1] for message in world.effects("twilio_sms")["messages"]]


def test_an_sms_is_sent_once_and_who_opted_out_is_named_by_code(sms, caplog):
    caplog.set_level(logging.DEBUG)
    sms.fault(kind="reject", keys=["+4915112000002"])
    sms.fault(kind="status", status=429, retry_after="3", times=1)
    result = sms.deliver()
    assert (result.status, result.acknowledged, result.rejected, result.requests) == (
        "done",
        4,
        1,
        6,
    )
    assert sent(sms) == ["0", "1", "3", "4"]
    assert sms.effects("twilio_sms")["messages"][0]["body"] == "Hello Name 0"
    (row,) = sms.store.query(
        "select reason, remote_id from delivery_state where status = 'rejected'"
    )
    assert (row["reason"], row["remote_id"]) == ("HTTP 400 (21610)", None)
    assert "+4915112" not in caplog.text and "Hello" not in caplog.text
    assert (sms.deliver().unchanged, sent(sms)) == (4, ["0", "1", "3", "4"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_of_an_sms_without_an_answer_the_account_is_asked(sms, when):
    sms.fault(kind="status", status=500, when=when, times=1, skip=2)
    result = sms.deliver()
    assert (result.acknowledged, result.unknown) == (4, 1)
    assert sent(sms) == (["0", "1", "3", "4"] if when == "before" else ["0", "1", "2", "3", "4"])
    result = sms.deliver()
    assert (result.unknown, result.unchanged + result.acknowledged, result.drained) == (0, 5, 1)
    assert sorted(sent(sms)) == ["0", "1", "2", "3", "4"]


def test_an_old_sms_with_the_same_text_is_another_one(sms):
    sms.options["look_back_hours"] = 1
    sms.people(1)
    sms.fault(kind="reset", when="after", times=1)
    assert sms.deliver().unknown == 1
    assert (sms.deliver().acknowledged, sent(sms)) == (
        1,
        ["0", "0"],
    )  # the stand-in's messages are a year old


def test_a_message_is_whole_and_can_be_unsubscribed_from(mails):
    box, world = mails
    world.people(1)
    assert world.deliver().acknowledged == 1
    (message,) = box.messages
    assert (message["To"], message["From"], message["Subject"]) == (
        "canary0@example.org",
        "Shop <shop@shop.example>",
        "For Name 0",
    )
    assert message["List-Unsubscribe"] == "<https://shop.example/u/c0>, <mailto:stop@shop.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = message.iter_parts()
    assert (text.get_content().split("\r\n"), html.get_content().strip()) == (
        [".Hello Name 0", ".", ""],
        "<b>Hé</b>",
    )
    (state,) = world.store.query("select remote_id from delivery_state")
    assert state["remote_id"] == message["Message-ID"] and message["Message-ID"].endswith(
        "@shop.example>"
    )


def test_each_recipient_has_an_answer_of_their_own(mails):
    box, world = mails
    box.answers = {
        "canary1@example.org": "550 5.1.1 canary1 is unknown",
        "canary2@example.org": "451 4.7.1 later, canary2",
    }
    result = world.deliver()
    assert (result.acknowledged, result.rejected, result.unsent, len(box.messages)) == (3, 1, 1, 3)
    (row,) = world.store.query("select reason from delivery_state where status = 'rejected'")
    assert row["reason"] == "SMTP 550 5.1.1"
    box.answers = {}
    result = world.deliver()
    assert (result.acknowledged, len(box.messages)) == (2, 5)
    box.answers = {"canary5@example.org": "421 4.3.2 closing"}
    world.people(7)
    result = world.deliver()
    assert (result.status, result.unsent) == ("failed", 2)
    assert "the relay closes (SMTP 421 4.3.2); nothing is lost" in result.message


def test_a_line_that_breaks_after_the_final_dot_leaves_one_message_unknown_and_never_two(mails):
    box, world = mails
    box.cut = {"canary1@example.org"}
    result = world.deliver()
    assert (result.acknowledged, result.unknown, len(box.messages)) == (4, 1, 5)
    box.cut = set()
    result = world.deliver()
    assert (result.unknown, result.unchanged, len(box.messages)) == (1, 4, 5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "'A' || chr(13) || chr(10) || 'Bcc: all@x.org' as subject",
            "line break or control character in subject",
        ),
        ("email || chr(10) || 'x' as email", "line break or control character in email"),
        ("email || ', b@x.org' as email", "email is not one address"),
        ("'http://shop.example' as unsubscribe_url", "unsubscribe_url is not https"),
        ("'' as text", "no text"),
    ],
)
def test_a_message_that_must_not_go_out_is_refused_here(mails, change, reason):
    box, world = mails
    world.people(1)
    world.spec = replace(world.spec, contact_point="address")
    world.views[0] = MESSAGES.replace("sync.messages", "sync.plain")
    world.views.insert(
        1,
        f"create view sync.messages as select * replace ({change}), email as address"
        " from sync.plain",
    )
    assert world.deliver().rejected == 1
    (row,) = world.store.query("select reason from delivery_state")
    assert (row["reason"], box.messages) == (reason, [])


def test_no_relay_and_no_tls_for_a_password_are_said_without_the_password(mails):
    _, world = mails
    world.options["user"] = "shop"
    result = world.deliver()
    assert (result.status, result.unsent) == ("failed", 5)
    assert (
        "SMTPNotSupportedError; check base_url" in result.message and "canary" not in result.message
    )
    world.base_url = "smtp://127.0.0.1:9"
    assert "no session with 127.0.0.1:9, ConnectionRefusedError" in world.deliver().message


def test_a_password_goes_to_a_relay_that_is_who_it_says_and_to_no_other(mails, secure_smtp_server):
    _, world = mails
    box, world.base_url, certificate = secure_smtp_server
    world.options["user"] = "shop"
    result = world.deliver()
    assert (result.status, result.unsent, box.messages) == ("failed", 5, [])
    assert "SSLCertVerificationError; check base_url" in result.message
    world.options["ca_file"] = str(certificate)
    assert (world.deliver().acknowledged, len(box.messages)) == (5, 5)
    world.secret = lambda: "another"
    world.people(6)
    assert "SMTPAuthenticationError (535); check base_url" in world.deliver().message


@pytest.mark.parametrize(
    ("kind", "options", "missing"),
    [
        ("smtp_email", {}, "options.from"),
        ("twilio_sms", {"account": "AC1"}, "options.from"),
        ("twilio_sms", {}, "options.account"),
    ],
)
def test_what_is_missing_in_the_settings_is_named(kind, options, missing):
    with pytest.raises(destinations.SpecError, match=missing):
        destinations.build(DestinationConfig(kind, lambda: "", "smtp://127.0.0.1:9", options))

"""What stands where nothing is known joins nobody, whatever its type and spelling; what only looks
like it is somebody's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

# A space inside a word is an underscore here.
WORDS = (
    "nan NaN None NULL null nil Nil (null) <null> \\N #N/A N/A n/a NA na - -- . ... ? 0 000 -1"
    " undefined (none) [null] 'None' \"nan\" (NOT_SET) unknown Unknown guest GUEST anonymous 0.0 +0"
    " 00000000-0000-0000-0000-000000000000 11111111-1111-1111-1111-111111111111 1111111111"
    " ffffffff-ffff-ffff-ffff-ffffffffffff xxxxxxxx 123456789 1234567890 unbekannt"
    " {{customer.id}} ${user.id} *|ID|* #REF! #VALUE! [object_Object] (not_set) not_set None. true"
)
# With what nobody sees around them, and a template of a mailing.
UNSEEN = ("null\u200b", "\u00a0none", "\ufeffundefined", "GUEST\u2060\t", "\u200b", "%USER_ID%")
ADDRESSES = (
    "test@test.com test@gmail.com Test@acme.example unknown@acme.example no-email@acme.example"
    " noemail@acme.example no.email@acme.example no_mail@x.org na@na.com none@none.de a@a.com"
    " aa@aa.com x@x.com xxx@xxx.com abc@abc.com abc@gmail.com asdf@asdf.com asdf@web.de"
    " qwerty@qwerty.com 123@123.com email@email.com user@example.com guest@guest.com foo@bar.com"
    " undefined@undefined.com null@null.com anonymous@acme.example example@example.com"
    " name@domain.com notprovided@acme.example mail@mail.com noreply@acme.example no@no.com"
)
# As written, and in E.164 where it is a number somewhere.
NUMBERS = {
    "0000000000": None,
    "1111111111": None,
    "5555555555": "+495555555555",
    "+49 2222222222": "+492222222222",
    "123456789": "+33123456789",
    "12 34 56 78 90": "+431234567890",
    "01 23 45 67 89": "+33123456789",
    "987654321": "+34987654321",
    "99999999": "+4599999999",
}
# Of every such value two strangers are one person.
SOMEBODYS = {
    "user_id": (
        "1",
        "11",
        "77",
        "1111",
        "10000000",
        "nancy",
        "nathan",
        "unknown-pleasures",
        "guest-42",
        "5f000000-0000-0000-0000-000000000000",
        "6701234567890",
        "0-1",
    ),
    "email": (
        "nan@smith.example",
        "nil@yilmaz.example",
        "na@kim.example",
        "testa@rossi.example",
        "guesthouse@inn.example",
        "noor@mail.example",
        "mueller@mueller.example",
        "noah@me.example",
        "anna@test.example",
        "protest@union.example",
        "unknown.artist@x.example",
    ),
    "phone": ("+49 1512 3456789", "+49 171 1111111", "+1 212 555 0100", "030 12345678901"),
}


@pytest.fixture(scope="module")
def night(new_lab: Callable[[], Any], make_record: Callable[[str, str], Any]) -> Any:
    """Two records of every value, which share nothing else."""
    values = [("user_id", word.replace("_", " ")) for word in WORDS.split()]
    values += [("user_id", word) for word in UNSEEN]
    values += [("stripe_customer_id", "cus_00000000000000"), ("klaviyo_profile_id", "NaN")]
    values += [("email", address) for address in ADDRESSES.split()]
    values += [("phone", number) for number in NUMBERS]
    values += [(kind, value) for kind, kept in SOMEBODYS.items() for value in kept]
    lab = new_lab()
    lab.numbers = NUMBERS | {
        number: "+" + "".join(filter(str.isdigit, number)) for number in SOMEBODYS["phone"]
    }
    return lab.night(
        [
            replace(
                make_record("nobody", f"r{side} email=a"),
                record_id=f"{side}:{kind}:{value}",
                identifiers={kind: value},
            )
            for kind, value in values
            for side in ("left", "right")
        ]
    )


def joined(night: Any) -> set[tuple[str, str]]:
    return {
        tuple(record_id.split(":", 2)[1:])
        for record_id, customer_id in night.customers.items()
        if record_id.startswith("left")
        and night.customers[f"right{record_id.removeprefix('left')}"] == customer_id
    }


def test_nobody_is_joined_by_what_stands_for_nothing(night: Any) -> None:
    kept = {(kind, value) for kind, values in SOMEBODYS.items() for value in values}
    assert joined(night) - kept == set()


def test_what_only_looks_like_it_joins(night: Any) -> None:
    kept = {(kind, value) for kind, values in SOMEBODYS.items() for value in values}
    assert kept - joined(night) == set()


def test_different_words_are_not_joined_either(night: Any) -> None:
    pairs: dict[str, set[str]] = {}
    for record_id, customer_id in night.customers.items():
        pairs.setdefault(customer_id, set()).add(record_id.split(":", 1)[1])
    assert [values for values in pairs.values() if len(values) > 1] == []

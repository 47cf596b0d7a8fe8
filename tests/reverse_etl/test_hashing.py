"""What advertising platforms are told about a person: by the table in DECISIONS.md,
and for any text at all."""

import hashlib
import re
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.reverse_etl.hashing import GOOGLE, META, encoded
from orchestration.settings import PROJECT

DECISIONS = (PROJECT / "dbt_project" / "DECISIONS.md").read_text(encoding="utf-8")
PLATFORMS = {"Meta": META, "Google": GOOGLE}
ONE_COLUMN = sorted(
    (platform, field)
    for platform, fields in PLATFORMS.items()
    for field in fields
    if field != "date_of_birth"
)
EVERYTHING = ", ".join(
    PLATFORMS[platform][field][0].written("value") for platform, field in ONE_COLUMN
)
MANY = settings(max_examples=60, deadline=None, derandomize=True)


def _vectors() -> Iterator[tuple[str, str, str, str]]:
    """(field, value, platform, what it is told) of each row of the table."""
    for line in DECISIONS.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and cells[0] in META and cells[1].startswith("`"):
            for platform, told in zip(PLATFORMS, cells[2:], strict=True):
                yield cells[0], cells[1].strip("`"), platform, told


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


VECTORS = list(_vectors())
CONNECTION = duckdb.connect()


def ask(sql: str, value: str) -> str | None:
    row = CONNECTION.execute(f"select {sql} from (select ?::varchar as value)", [value]).fetchone()
    assert row
    return row[0]


def written(platform: str, field: str, value: str) -> str | None:
    (identifier,) = PLATFORMS[platform][field]
    return ask(identifier.written("value"), value)


@pytest.mark.parametrize(("field", "value", "platform", "told"), VECTORS)
def test_the_table_is_true(field, value, platform, told):
    texts = re.findall("`([^`]*)`", told)
    sent = (
        ask(encoded(PLATFORMS[platform][field], "value"), value)
        if field in PLATFORMS[platform]
        else None
    )
    wanted = [text if "in clear" in told else _sha256(text) for text in texts]
    assert (sent if isinstance(sent, list) else [sent] if sent else []) == wanted
    assert told == "–" or texts


def test_the_table_has_every_field():
    assert {field for field, *_ in VECTORS} == set(META) and set(META) >= set(GOOGLE)


def test_digests_are_those_that_meta_publishes():
    published = dict(re.findall(r"`([^`]+)`\s+is\s+`([0-9a-f]{64})`", DECISIONS))
    assert len(published) == 2
    assert (
        ask(encoded(META["email"], "value"), " MARY@example.com") == published["mary@example.com"]
    )
    assert ask(encoded(META["phone"], "value"), "+1 555 987 6543") == published["15559876543"]


@given(
    value=st.text(max_size=12) | st.from_regex(r"[a-zA-Z.+ ]{1,5}@(gmail|x)\.com", fullmatch=True)
)
@example(value="İstanbul")
@example(value="dr mr x jr sr")
@MANY
def test_writing_again_changes_nothing(value):
    """Else a value that a source had written that way already would hash to somebody else."""
    once = CONNECTION.execute(
        f"select {EVERYTHING} from (select ?::varchar as value)", [value]
    ).fetchone()
    again = CONNECTION.execute(
        f"select {EVERYTHING} from (select unnest(?::varchar[]) as value)", [list(once)]
    ).fetchall()
    for place, column in enumerate(ONE_COLUMN):
        assert once[place] != "" and again[place][place] == once[place], column


@given(
    local=st.text("abc", min_size=1, max_size=6),
    dots=st.lists(st.integers(0, 6), max_size=4),
    suffix=st.text("a+.", max_size=3),
    domain=st.sampled_from(["gmail.com", "GoogleMail.com", "example.com"]),
)
@MANY
def test_google_is_told_one_mailbox_however_it_is_written_and_meta_the_address(
    local, dots, suffix, domain
):
    dotted = "".join("." * dots.count(place) + letter for place, letter in enumerate(local))
    address = f"{dotted}+{suffix}@{domain}"
    told = address.lower() if domain == "example.com" else f"{local}@{domain.lower()}"
    assert (
        written("Google", "email", f"\t{address}\u00a0"),
        written("Meta", "email", f"\t{address}\u00a0"),
    ) == (told, address.lower())


@given(
    digits=st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True),
    breaks=st.lists(st.sampled_from(" -./\u00a0"), max_size=15),
)
@MANY
def test_phones_differ_by_the_plus_alone(digits, breaks):
    value = "+" + "".join(
        digit + "".join(breaks[place : place + 1]) for place, digit in enumerate(digits)
    )
    assert (written("Meta", "phone", value), written("Google", "phone", value)) == (
        digits,
        f"+{digits}",
    )
    assert written("Meta", "phone", digits) is None


@given(value=st.text(max_size=8))
@MANY
def test_nothing_is_said_of_a_gender_that_is_not_known(value):
    assert written("Meta", "gender", value) in (
        {"m", "f"} if value.strip().lower() in ("m", "f", "male", "female") else {None}
    )

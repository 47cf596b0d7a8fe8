"""Telephone numbers as people and systems write them, and what the step makes of them."""

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.steps.phones import step as phones
from orchestration.steps.phones.numbering_plans import plainly_valid
from orchestration.steps.phones.step import (
    PHONE_COLUMNS,
    REGIONS,
    ask_library,
    e164,
    run_phones,
)

PAIRS = "select raw, country from numbers"
NOWHERE = "select null::varchar as raw_phone where false"


@pytest.mark.parametrize(
    ("raw", "country", "wanted"),
    [
        ("+49 171 3920000", None, "+491713920000"),
        ("0171 / 392-00.00", "DE", "+491713920000"),
        (" 0171 3920000 ", "de", "+491713920000"),
        ("0049 171 3920000", "DE", "+491713920000"),
        ("+49 (0)171 3920000", "FR", "+491713920000"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("416 555 0123", "CA", "+14165550123"),
        ("06 698 12345", "IT", "+390669812345"),  # Italy keeps the zero
        ("4915123456789", "DE", "+4915123456789"),  # never +49 4915 123456789
        ("49 (0)176–12345678", "DE", "+4917612345678"),
        ("0049 176 12345678", "DE", "+4917612345678"),
        ("33612345678", "US", "+33612345678"),  # too long for a number of the country
        ("9123456789", "IN", "+919123456789"),  # 91 is its code, and a number of its own, too
        ("tel:+49-151-23456789", None, "+4915123456789"),
        ("\u202a+49 151 23456789\u202c", None, "+4915123456789"),
        ("＋４９ １５１ ２３４５６７８９", None, "+4915123456789"),
        ("4915123456789", None, None),
        ("0171 3920000", None, None),  # whose 0171?
        ("0171 3920000", "XX", None),  # no such country
        ("0171 3920000", "", None),
        ("+49 30 23125 012 ext. 17", None, None),  # a switchboard is not a person
        ("0000000000", "DE", None),
        ("1111111111", "US", None),
        ("123", "DE", None),
        ("+999 1234567", None, None),
        ("unknown", "DE", None),
        ("", "DE", None),
        ("+", "DE", None),
        ("()-./ ", "DE", None),
        ("anna@example.com", "DE", None),
        ("9" * 300, "DE", None),
    ],
)
def test_number(raw: str, country: str | None, wanted: str | None) -> None:
    assert e164(raw, country) == wanted


def variants(rng: random.Random) -> Iterator[tuple[str, str | None]]:
    """Numbers of every country in many ways of writing, most of them valid and many just not."""
    for region in sorted(REGIONS):
        calling_code = str(phonenumbers.country_code_for_region(region))
        trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
        for kind in range(11):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            for changes in (0, 1, 3):
                digits = list(phonenumbers.national_significant_number(example))
                for _ in range(changes):
                    digits[rng.randrange(len(digits))] = rng.choice("0123456789")
                number = "".join(digits) + rng.choice(["", "", "", "7"])
                other = rng.choice(["CA", "GB", "GG", "IT", "KZ", "BR", "AR", "MX", "DE"])
                yield from [
                    (f"+{calling_code}{number}", None),
                    (f"+{calling_code}{trunk}{number}", other),
                    (number, region),
                    (number, other),
                ]
                yield from [
                    (trunk + number, region),
                    (rng.choice(["00", "0", "1", calling_code]) + number, region),
                ]


def test_the_short_way_agrees_with_the_library_in_every_country() -> None:
    told = valid = 0
    for text, region in variants(random.Random(6)):
        short, library = plainly_valid(text, region), ask_library(text, region)
        assert short is None or short == library, (text, region, short, library)
        told += short is not None
        valid += library is not None
    assert valid > 5_000 and told > 0.5 * valid, "the short way should answer most of what is valid"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    raw=st.text(alphabet="0123456789+ ()-./xet;", max_size=24),
    region=st.sampled_from([None, "DE", "US", "GB", "IT", "AR"]),
)
def test_any_text_gives_what_the_library_gives(raw: str, region: str | None) -> None:
    """As it stands, or with the `+` that was left out."""
    read = e164(raw, region)
    if read != ask_library(raw, region):
        assert region and "+" not in raw
        assert read == ask_library(f"+{phonenumbers.normalize_digits_only(raw)}", None)


@pytest.fixture
def numbers() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table numbers (raw varchar, country varchar)")
    connection.execute(
        """
        insert into numbers values
        ('0171 3920000', 'DE'), ('0171 3920000', 'DE'), ('0171 3920000', null),
        ('+49 171 3920000', null), ('junk', 'DE'), (null, 'DE'), ('', null)
        """
    )
    return connection


def written(report: phones.PhonesReport) -> list[tuple[str, str | None, bool, str | None]]:
    return duckdb.execute("select * from read_parquet(?)", [str(report.phones_file)]).fetchall()


def test_one_row_per_distinct_pair(numbers: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    report = run_phones(numbers, tmp_path, queries=[PAIRS, PAIRS], anywhere=NOWHERE)
    assert written(report) == [
        ("", None, True, None),
        ("+49 171 3920000", None, True, "+491713920000"),
        ("0171 3920000", None, True, None),
        ("0171 3920000", "DE", True, "+491713920000"),
        ("junk", "DE", True, None),
    ]
    assert (
        report.phones_count,
        report.valid_count,
        report.rejected_count,
        report.cached_count,
    ) == (5, 2, 3, 0)
    assert report.as_dict()["phones_file"] == str(tmp_path / "phones.parquet")


def test_nothing_to_read_gives_a_typed_empty_file(tmp_path: Path) -> None:
    report = run_phones(
        duckdb.connect(),
        tmp_path,
        queries=["select null, null where false"],
        anywhere=NOWHERE,
        derived=tmp_path / "derived",
    )
    described = duckdb.execute(
        "describe select * from read_parquet(?)", [str(report.phones_file)]
    ).fetchall()
    assert {row[0]: row[1].lower() for row in described} == PHONE_COLUMNS
    assert written(report) == [] and report.phones_count == 0


def test_second_run_asks_only_what_is_new(
    numbers: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = tmp_path / "derived"
    first = run_phones(
        numbers, tmp_path / "first", queries=[PAIRS], anywhere=NOWHERE, derived=derived
    )
    asked: list[tuple[str, str | None]] = []
    answer = phones._answer
    monkeypatch.setattr(
        phones, "_answer", lambda text, region: asked.append((text, region)) or answer(text, region)
    )
    again = run_phones(
        numbers, tmp_path / "again", queries=[PAIRS], anywhere=NOWHERE, derived=derived
    )
    assert asked == [] and again.cached_count == again.phones_count == first.phones_count
    assert first.phones_file.read_bytes() == again.phones_file.read_bytes()

    numbers.execute("insert into numbers values ('030 23125012', 'DE')")
    numbers.execute("delete from numbers where raw = 'junk'")
    later = run_phones(
        numbers, tmp_path / "later", queries=[PAIRS], anywhere=NOWHERE, derived=derived
    )
    assert asked == [("03023125012", "DE")] and (later.phones_count, later.cached_count) == (5, 4)
    kept = duckdb.execute(
        "select raw_phone from read_parquet(?)", [str(derived / "*.parquet")]
    ).fetchall()
    assert ("junk",) not in kept, "what the sources no longer hold leaves the cache"


def test_answers_that_a_disk_changed_are_asked_again(
    numbers: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    derived = tmp_path / "derived"
    first = run_phones(
        numbers, tmp_path / "first", queries=[PAIRS], anywhere=NOWHERE, derived=derived
    )
    [cache] = derived.iterdir()
    good = cache.read_bytes()
    for place in range(0, len(good), 7):
        cache.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        again = run_phones(
            numbers, tmp_path / "again", queries=[PAIRS], anywhere=NOWHERE, derived=derived
        )
        assert again.cached_count == 0
        assert first.phones_file.read_bytes() == again.phones_file.read_bytes()


def test_answers_of_another_version_are_left_behind(
    numbers: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_phones(numbers, tmp_path, queries=[PAIRS], anywhere=NOWHERE, derived=tmp_path / "derived")
    monkeypatch.setattr(phones, "RULES_VERSION", phones.RULES_VERSION + 1)
    report = run_phones(
        numbers, tmp_path, queries=[PAIRS], anywhere=NOWHERE, derived=tmp_path / "derived"
    )
    assert report.cached_count == 0
    assert len(list((tmp_path / "derived").iterdir())) == 1


def test_reads_identity_consents_and_withdrawals(tmp_path: Path) -> None:
    """The default queries, over a read-only generation as in the night."""
    generation = tmp_path / "gen.duckdb"
    with duckdb.connect(str(generation)) as connection:
        connection.execute(
            """
            create schema identity;
            create table identity.source_records as
            select
                map {'email': 'a@example.com', 'phone': '0171 3920000'} as identifiers,
                'DE' as country_code
            union all
            select map {'email': 'b@example.com'}, 'DE';
            create table identity.written_contact_points as
            select
                '+33 6 12 34 56 78' as contact_point,
                'phone' as contact_point_type,
                true as is_withdrawal
            union all
            select '06 12 34 56 78', 'phone', true
            union all
            select '0176 12345678', 'phone', false
            union all
            select 'a@example.com', 'email', true;
            """
        )
    connection = duckdb.connect()
    connection.execute(f"attach '{generation}' as clientele (read_only)")
    connection.execute("set search_path = 'clientele.main'")
    assert written(run_phones(connection, tmp_path / "out")) == [
        ("+33 6 12 34 56 78", None, True, "+33612345678"),
        ("0171 3920000", "DE", True, "+491713920000"),
        ("0176 12345678", None, True, None),
        # A number in Hesse, or a mobile in France, which is known by a number alone.
        ("06 12 34 56 78", None, True, None),
        ("06 12 34 56 78", "DE", False, "+49612345678"),
        ("06 12 34 56 78", "FR", False, "+33612345678"),
    ]
    assert connection.execute(
        "select count(*) from duckdb_tables() where temporary"
    ).fetchall() == [(0,)]

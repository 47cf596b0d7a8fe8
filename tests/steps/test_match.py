"""Weighing pairs of records: what is compared, what is looked at, what is learnt,
and that the order of rows changes nothing."""

import logging
import random
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from orchestration.settings import PROJECT
from orchestration.steps.match.blocking import LEAN, WIDE, choose, count_pairs
from orchestration.steps.match.columns import THRESHOLD
from orchestration.steps.match.levels import COMPARISONS, GROUND
from orchestration.steps.match.model import MatchError
from orchestration.steps.match.records import load_records
from orchestration.steps.match.score import EDGE_SCHEMA, PAIR_SCHEMA, Matches, match_records

PEOPLE = PROJECT / "tests" / "benchmarks" / "data" / "fake_1000.csv"
RELATIVES = [
    # Beside record 7: a child with the same mailbox; a record without a date of birth; the same
    # person with a nickname.
    {"record_id": "child", "first_name": "Zebedee", "date_of_birth": "2019-11-30"},
    {"record_id": "undated", "first_name": "Zebedee", "date_of_birth": None},
    {"record_id": "nickname", "first_name": "Xy"},
]


def people(path: Path = PEOPLE) -> pa.Table:
    with duckdb.connect() as connection:
        return connection.execute(
            "select unique_id as record_id, first_name, surname, dob as date_of_birth, city,"
            " email, cluster as person"
            f" from read_csv('{path}', all_varchar = true) limit 250"
        ).to_arrow_table()


@pytest.fixture(scope="module")
def records() -> pa.Table:
    whole = people()
    template = next(
        row
        for row in whole.to_pylist()
        if all(row[name] for name in ("first_name", "surname", "date_of_birth", "email", "city"))
    )
    added = [{**template, "person": relative["record_id"], **relative} for relative in RELATIVES]
    added.append({**template, "record_id": "template"})
    return pa.concat_tables([whole, pa.Table.from_pylist(added, schema=whole.schema)])


@pytest.fixture(scope="module")
def edges() -> pa.Table:
    others = ["child", "nickname", "undated"]
    return pa.Table.from_pydict(
        {"left_record": others, "right_record": ["template"] * len(others)}, schema=EDGE_SCHEMA
    )


@pytest.fixture(scope="module")
def matches(records: pa.Table, edges: pa.Table) -> Matches:
    return match_records(records, edges)


def test_likely_pairs_are_one_person_and_the_prior_is_near_the_truth(
    records: pa.Table, matches: Matches
) -> None:
    rows = [
        row
        for row in records.to_pylist()
        if row["person"] not in {relative["record_id"] for relative in RELATIVES}
    ]
    true = {
        pair for pair in combinations(sorted(row["record_id"] for row in rows), 2)
    } & _same_person(rows)
    named = {row["record_id"] for row in rows}
    likely = {
        (row["left_record"], row["right_record"])
        for row in matches.pairs.to_pylist()
        if row["probability"] >= THRESHOLD and {row["left_record"], row["right_record"]} <= named
    }
    assert len(likely & true) >= 0.98 * len(likely)
    assert len(likely & true) >= 0.7 * len(true)
    share = len(true) / (len(records) * (len(records) - 1) / 2)
    assert share / 2 < matches.model.prior < share * 2
    assert matches.pairs.schema == PAIR_SCHEMA


def _same_person(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row["person"], []).append(row["record_id"])
    return {pair for group in groups.values() for pair in combinations(sorted(group), 2)}


def test_a_veto_needs_both_dates_and_both_names(matches: Matches) -> None:
    found = {
        (row["left_record"], row["right_record"]): row["is_vetoed"]
        for row in matches.pairs.to_pylist()
    }
    assert found["child", "template"] is True
    assert found["template", "undated"] is False
    assert found["nickname", "template"] is False


def test_the_order_of_rows_changes_nothing_and_nothing_is_said(
    records: pa.Table,
    edges: pa.Table,
    matches: Matches,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    order = list(range(len(records)))
    random.Random(5).shuffle(order)
    with caplog.at_level(logging.INFO):
        again = match_records(records.take(order), edges.take([2, 0, 1]))
    assert again.pairs.equals(matches.pairs)
    assert again.model == matches.model
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_names_in_the_wrong_order_are_mended() -> None:
    rows = [
        {"record_id": f"{number:02}", "first_name": " Anna ", "surname": "BERG", "email": "A@x.org"}
        for number in range(20)
    ]
    rows += [{"record_id": "swapped", "first_name": "berg", "surname": "anna", "email": ""}]
    rows += [{"record_id": "unknown", "first_name": "kim", "surname": "lee", "email": "no address"}]
    with duckdb.connect() as connection:
        load_records(connection, pa.Table.from_pylist(rows))
        found = connection.execute(
            "select first_name, surname, email, email_user, email_domain from prepared"
            " where record_id in ('00', 'swapped', 'unknown')"
        ).fetchall()
    assert found == [
        ("anna", "berg", "a@x.org", "a", "x.org"),
        ("anna", "berg", None, None, None),
        ("kim", "lee", "no address", None, None),
    ]


def test_blocking_is_chosen_by_counted_pairs(records: pa.Table) -> None:
    with duckdb.connect() as connection:
        load_records(connection, records)
        wide = choose(connection)
        assert wide.kind == "wide"
        assert wide.pairs_count == sum(count_pairs(connection, WIDE).values())
        for rule, count in count_pairs(connection, wide.rules[:4]).items():
            same = " and ".join(f"one.{name} = two.{name}" for name in rule)
            joined = (
                f"select count(*) from prepared as one inner join prepared as two on {same}"
                " and one.record_id < two.record_id"
            )
            assert connection.execute(joined).fetchall() == [(count,)]
        lean = choose(connection, wide.pairs_count - 1)
        assert (lean.kind, lean.left_out) == ("lean", ())
        assert set(lean.rules) <= set(LEAN)
        least = choose(connection, 0, lean.pairs_count - 1)
        largest = max(count_pairs(connection, LEAN).values())
        assert len(least.left_out) == 1
        assert count_pairs(connection, least.left_out)[least.left_out[0]] == largest
        assert least.pairs_count == lean.pairs_count - largest


def test_an_attribute_that_is_never_free_to_differ_is_an_error() -> None:
    """Names alone are what pairs are found by: nothing is left to learn them from,
    nor to learn from them."""
    rows = [
        {
            "record_id": f"{number:03}",
            "first_name": f"name{number % 40}",
            "surname": f"house{number % 30}",
        }
        for number in range(240)
    ]
    with pytest.raises(MatchError, match="nothing could be learnt about first_name, surname"):
        match_records(pa.Table.from_pylist(rows))
    dated = [
        {**row, "date_of_birth": f"19{number:02}-01-01" if number < 80 else None}
        for number, row in enumerate(rows)
    ]
    with pytest.raises(MatchError, match="nothing could be learnt about first_name, surname"):
        match_records(pa.Table.from_pylist(dated))


def test_records_that_cannot_be_matched_are_an_error() -> None:
    rows = [
        {"record_id": str(number), "first_name": f"n{number}", "email": f"{number}@{number}.org"}
        for number in range(3)
    ]
    with pytest.raises(MatchError, match="no two of 3 records"):
        match_records(pa.Table.from_pylist(rows))
    with pytest.raises(ValueError, match="1 of 4 record ids"):
        match_records(pa.Table.from_pylist([*rows, rows[0]]))


def test_people_whose_records_never_differ_can_be_learnt() -> None:
    """The share of differing streets among records of one person sinks without end:
    no number is small enough for it."""
    chance = random.Random(7)
    rows = []
    for person in range(400):
        said = {
            "first_name": f"first{chance.randrange(40)}",
            "surname": f"last{chance.randrange(60)}",
            "person": str(person),
        }
        said |= {
            "date_of_birth": (
                f"{chance.randrange(1940, 2005)}-{chance.randrange(1, 13):02}-"
                f"{chance.randrange(1, 29):02}"
            )
        }
        said |= {
            "address": f"street {chance.randrange(3000)}",
            "postcode": f"{chance.randrange(10000, 99999)}",
            "city": f"c{person % 20}",
        }
        for copy in range(2):
            mailbox = chance.choice((person, person + 1000))
            rows.append(
                {
                    "record_id": f"{person:03}-{copy}",
                    **said,
                    "email": f"mailbox{mailbox}@example.org",
                }
            )
    found = match_records(pa.Table.from_pylist(rows))
    likely = {
        tuple(row[name].split("-")[0] for name in ("left_record", "right_record"))
        for row in found.pairs.to_pylist()
        if row["probability"] >= THRESHOLD and row["has_ground"]
    }
    assert len(likely) >= 390
    assert all(left == right for left, right in likely)


@pytest.mark.parametrize(
    ("expected", "levels"),
    [
        (False, {"email": 4, "city": 3, "postcode": 2}),  # namesakes of one town
        (False, {"date_of_birth": 1, "city": 3}),
        (True, {"date_of_birth": 2}),
        (True, {"personal_id": 1}),
        (True, {"email": 6}),
        (True, {"email": 5}),
        (True, {"email": 5, "surname": -1}),
        (
            False,
            {"email": 5, "surname": 0},
        ),  # a common first name with another number at one provider
        (True, {"address": 1}),
        (False, {"address": 2, "surname": 0}),  # a common first name in a street like it
        (True, {"address": 3, "surname": 0}),  # another surname since a wedding
        (False, {"first_name": 0, "address": 3, "email": 6}),  # a household
        (False, {"first_name": 1, "address": 3}),  # Max and Jan
        (False, {"first_name": -1, "address": 3}),
        (False, {"first_name": 0, "address": 3, "date_of_birth": 2}),
        (True, {"first_name": 0, "date_of_birth": 3}),  # a nickname
        (True, {"first_name": -1, "date_of_birth": 6}),
    ],
)
def test_a_ground_is_what_namesakes_and_households_do_not_share(
    expected: bool, levels: dict[str, int]
) -> None:
    known = {**dict.fromkeys(COMPARISONS, -1), "first_name": 5, "surname": 5, **levels}
    columns = ", ".join(f"{level} as level_{name}" for name, level in known.items())
    assert duckdb.execute(f"select {GROUND} from (select {columns})").fetchall() == [(expected,)]


def test_a_ground_stands_on_the_levels_it_counts_by() -> None:
    conditions = {
        name: [level.condition for level in reversed(COMPARISONS[name])]
        for name in ("email", "address", "first_name")
    }
    assert "email_l = email_r" in conditions["email"][5]
    assert "damerau_levenshtein(email" in conditions["email"][4]
    assert "address_l = address_r" in conditions["address"][2]
    assert "first_name_l = surname_r" in conditions["first_name"][1]


def test_a_veto_stands_on_the_levels_it_counts_by() -> None:
    """The veto names levels by number: the third from the bottom is the nearest that it covers."""
    conditions = [level.condition for level in reversed(COMPARISONS["date_of_birth"])]
    assert "<= 400" in conditions[1]
    assert "<= 31" in conditions[2]

"""Which delivery is the newest word: by business day, natural part and arrival, as the staging
models see it."""

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from ingestion.contracts.contract import raw_columns
from ingestion.delivery_order import Ranks, natural
from ingestion.ledger import Ledger
from ingestion.load.loader import raw_files, raw_ranks
from orchestration.warehouse.connection import relation_sql
from orchestration.warehouse.inputs import Relation

HEADER = "Day,campaign,clicks,cost,note\n"
EVER = datetime(2030, 1, 1)
OLDER, NEWER = "2024-05-01,spring,1,1.00,\n", "2024-05-01,spring,1,1.20,\n"


def cost(zone: Any, as_of: datetime = EVER) -> str:
    """What the campaign cost, by the newest row of its key."""
    files = tuple(zone.raw_folder.at(path) for path in raw_files(zone.store, as_of)["shop_spend"])
    ranks = raw_ranks(zone.store, as_of).get("shop_spend")
    columns = raw_columns(zone.contracts["shop"].tables["spend"])
    relation = relation_sql(Relation(columns, files, ranks))
    newest = "order by _arrival desc, _line_number desc limit 1"
    return str(duckdb.execute(f"select cost from ({relation}) {newest}").fetchall()[0][0])


def deliver(zone: Any, night: int, **files: str) -> Any:
    for name, row in files.items():
        zone.put(f"shop/spend-2024-06-{name.removeprefix('of_').replace('_', '-')}.csv", row)
    return zone.load(**zone.day(night))


def test_a_late_file_of_an_older_day_is_not_the_newest_word(zone: Any) -> None:
    deliver(zone, 5, of_05=HEADER + NEWER)
    assert cost(zone) == "1.20"
    late = deliver(zone, 6, of_01=HEADER + OLDER)
    assert [outcome.status for outcome in late.outcomes] == ["loaded"]
    assert cost(zone) == "1.20"


def test_part_10_follows_part_9_in_one_night_and_in_two(zone: Any) -> None:
    deliver(zone, 1, of_01_10=HEADER + NEWER, of_01_9=HEADER + OLDER)
    assert cost(zone) == "1.20"
    deliver(zone, 3, of_02_10=HEADER + "2024-05-01,spring,1,3.00,\n")
    deliver(zone, 4, of_02_9=HEADER + "2024-05-01,spring,1,2.00,\n")
    assert cost(zone) == "3.00"


def test_a_state_that_returns_counts_under_its_own_day(zone: Any) -> None:
    for night, row in ((1, OLDER), (2, NEWER), (3, OLDER)):
        report = deliver(zone, night, **{f"of_0{night}": HEADER + row})
    assert (len(report.returned), report.unchanged) == (1, 2)
    costs = [cost(zone, zone.day(night)["as_of"]) for night in (1, 2, 3)]
    assert costs == ["1.00", "1.20", "1.00"], "an earlier night is built as it was"
    assert (again := zone.load(**zone.day(4))).unchanged == 3 and not again.returned


def test_a_state_returns_although_the_one_in_between_came_last(zone: Any) -> None:
    deliver(zone, 1, of_01=HEADER + OLDER)
    deliver(zone, 3, of_03=HEADER + OLDER)
    (zone.landing / "shop/spend-2024-06-03.csv").unlink()
    deliver(zone, 4, of_02=HEADER + NEWER)
    assert cost(zone) == "1.00"


def test_a_name_that_gets_back_what_it_held_says_that(zone: Any) -> None:
    for night, row in enumerate((OLDER, NEWER, OLDER, NEWER), 1):
        deliver(zone, night, of_01=HEADER + row)
    assert [cost(zone, zone.day(night)["as_of"]) for night in (1, 2, 3, 4)] == [
        *("1.00", "1.20", "1.00", "1.20")
    ]


def test_the_same_content_under_an_older_day_says_nothing(zone: Any) -> None:
    deliver(zone, 2, of_02=HEADER + OLDER)
    deliver(zone, 3, of_03=HEADER + NEWER)
    deliver(zone, 4, of_01=HEADER + OLDER)
    assert cost(zone) == "1.20"
    assert not raw_ranks(zone.store, EVER)


def test_a_day_on_which_only_a_known_content_came_is_a_day_of_its_source(zone: Any) -> None:
    deliver(zone, 1, of_01=HEADER + OLDER)
    deliver(zone, 4, of_04=HEADER + OLDER)
    assert Ledger(zone.store).business_dates({"shop"}) == [date(2024, 6, 4)]


def test_a_reload_leaves_a_file_where_it_was(zone: Any) -> None:
    ranks = {}
    for night, name in ((5, "of_05"), (6, "of_01"), (7, "of_03")):
        deliver(zone, night, **{name: HEADER + f"2024-05-01,spring,1,{night}.00,\n"})
        ranks[night] = raw_ranks(zone.store, EVER).get("shop_spend")
    assert ranks == {5: None, 6: Ranks(1, (2, 1)), 7: Ranks(1, (3, 1, 2))}
    assert cost(zone) == "5.00"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("a-2024-06-01-9.csv", "a-2024-06-01-10.csv"),
        ("a-2024-06-01.csv", "a-2024-06-01-1.csv"),
        ("a-2024-06-01-part2.csv", "a-2024-06-01-part10.csv"),
        ("2/a.csv", "10/a.csv"),
    ],
)
def test_numbers_in_names_count_as_numbers(older: str, newer: str) -> None:
    assert natural(older) < natural(newer)

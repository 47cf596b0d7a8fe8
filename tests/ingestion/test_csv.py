"""CSV: columns by name, quotes and line ends as RFC 4180 says, damage named by line."""

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows
from ingestion.readers import csv_records, lines

PATH = "shop/spend-2024-05-01.csv"
HEADER = "Day,campaign,clicks,cost\n"
GOOD = "2024-05-01,spring,12,3.50\n"
COLUMNS = "day, campaign, clicks, cost, note, _extra, _line_number"
DAY = date(2024, 5, 1)


def good(
    campaign: str | None, clicks: int | None, cost: str, line: int, note: str | None = None
) -> tuple[Any, ...]:
    return (DAY, campaign, clicks, Decimal(cost), note, None, line)


def quarantined(zone: Any) -> list[tuple[Any, ...]]:
    rows = quarantined_rows(
        zone.raw_folder, quarantine_files(zone.store, datetime(2030, 1, 1)), masked=False
    )
    return [(row["line_number"], row["column_name"], row["reason"], row["raw_row"]) for row in rows]


@pytest.mark.parametrize("packed", [False, True])
def test_every_value_arrives_typed(zone: Any, packed: bool) -> None:
    text = (
        HEADER
        + GOOD
        + '2024-05-01,"a ""b"", c\nd",,"4"\n'
        + '2024-05-01,"","",5.00\n'
        + "2024-05-01,N/A,N/A,6\n"
    )
    zone.put(PATH + (".gz" if packed else ""), gzip.compress(text.encode()) if packed else text)
    report = zone.load()
    assert zone.rows("spend", COLUMNS) == [
        good("spring", 12, "3.50", 2),
        good('a "b", c\nd', None, "4.00", 3),
        good("", None, "5.00", 5),
        good(None, None, "6.00", 6),
    ]
    assert report.drift == {"shop_spend": {"missing": ["note"]}}


def test_columns_are_matched_by_name_not_by_place(zone: Any) -> None:
    zone.put(PATH, "cost,clicks,note,Day,campaign\n3.50,12,n,2024-05-01,spring\n")
    zone.load()
    assert zone.rows("spend", COLUMNS) == [good("spring", 12, "3.50", 2, "n")]


def test_an_added_column_is_kept_and_reported(zone: Any) -> None:
    zone.put(
        PATH,
        "Day,campaign,region,clicks,cost\n2024-05-01,spring,north,12,3.50\n2024-05-01,spring,,12,3.50\n",
    )
    report = zone.load()
    assert [json.loads(extra) if extra else None for (extra,) in zone.rows("spend", "_extra")] == [
        {"region": "north"},
        None,
    ]
    assert report.drift["shop_spend"]["unknown"] == ["region"]


@pytest.mark.parametrize(
    "text",
    [
        HEADER + GOOD + GOOD,
        "\ufeff" + HEADER + GOOD + GOOD,
        (HEADER + GOOD + GOOD).replace("\n", "\r\n"),
    ],
)
def test_byte_order_mark_and_crlf_are_taken(zone: Any, text: str) -> None:
    zone.put(PATH, text)
    zone.load()
    assert zone.rows("spend", COLUMNS) == [
        good("spring", 12, "3.50", 2),
        good("spring", 12, "3.50", 3),
    ]


def test_a_trailing_delimiter_makes_no_column(zone: Any) -> None:
    zone.put(
        "shop/rates-2024-05-01.csv",
        "day;usd;\n2024-05-01;1.0712;\n2024-05-02;;\n2024-05-03;1.07;x\n".replace("x\n", "\n"),
    )
    zone.load()
    assert zone.rows("rates", "day, usd") == [
        (DAY, Decimal("1.0712")),
        (date(2024, 5, 2), None),
        (date(2024, 5, 3), Decimal("1.07")),
    ]
    zone.put("shop/rates-2024-05-02.csv", "day;usd;\n2024-05-01;1.0712;\n2024-05-02;;lost\n")
    zone.load()
    assert [row[:3] for row in quarantined(zone)] == [(3, None, "a value after the last column")]


@pytest.mark.parametrize(
    ("line", "column", "told"),
    [
        ("2024-05-01,spring,12.0,3.50", "clicks", "clicks: not a whole number"),
        ("2024-05-01,spring,true,3.50", "clicks", "clicks: not a whole number"),
        ("2024-05-01,spring,0x1F,3.50", "clicks", "clicks: not a whole number"),
        ("2024-05-01,spring,12,1.239", "cost", "cost: not a number with at most 2 digits"),
        ("2024-05-01,spring,12,abc", "cost", "cost: not a number"),
        ("2024-05-01,spring,12,", "cost", "cost: missing"),
        (
            "yesterday,spring,x,y",
            "day",
            "day: not a date (2024-05-31); clicks: not a whole number; cost: not a number",
        ),
        ("2024-05-01,spring,12", None, "has 3 fields where the header has 4"),
        ("2024-05-01,spring,12,3.50,", None, "has 5 fields where the header has 4"),
        ("", None, "blank line"),
        ('2024-05-01,5" pipe,12,3.50', None, "a quote inside a value that is not quoted"),
        ('2024-05-01,"spring" sale,12,3.50', None, "text after a closing quote"),
        ('2024-05-01,"spring,12,3.50', None, ""),
        ("2024-05-01,spr\ring,12,3.50", None, "a carriage return that ends no line"),
    ],
)
@pytest.mark.parametrize(
    "after", [GOOD, '2024-05-01,"spring",12,3.50\n2024-05-01,"a\nb",12,3.50\n']
)
def test_a_bad_record_costs_one_row(
    zone: Any, line: str, column: str | None, told: str, after: str
) -> None:
    zone.put(PATH, HEADER + GOOD + line + "\n" + after)
    report = zone.load()
    assert not report.set_aside, report.set_aside
    [(number, at, reason, raw)] = quarantined(zone)
    assert (number, at, raw) == (3, column, line)
    assert reason.startswith(told) and reason
    expected = [(2, "spring"), (4, "spring")] + ([(5, "a\nb")] if after != GOOD else [])
    assert zone.rows("spend", "_line_number, campaign") == expected


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty, without even a header"),
        (HEADER, "has no rows"),
        (HEADER.rstrip("\n"), "the last line (line 1"),
        (HEADER + GOOD + GOOD[:-4], "the last line (line 3"),
        ("Day,campaign,clicks\n2024-05-01,spring,12\n", "line 1: the header lacks cost;"),
        (
            "Day,campaign,clicks,Cost\n" + GOOD,
            (
                "line 1: the header lacks cost and has unknown Cost"
                " ('Cost' is 'cost' in other letter case)"
            ),
        ),
        ("Day,campaign,clicks,cost,cost\n", "line 1: the header has the column 'cost' twice"),
        ("Day,campaign,,cost\n", "line 1: column 3 of the header has no name"),
        (GOOD + GOOD, "line 1: is no header"),
        ("\n" + HEADER + GOOD, "line 1: is no header"),
        ('Day,"campaign,clicks,cost\n' + GOOD, "line 1: the header has"),
        ((HEADER + GOOD).encode("utf-16"), "is UTF-16"),
        (HEADER.encode() + b"2024-05-01,J\xf6rg,1,1\n", "is not UTF-8 at byte 38, line 2"),
        (HEADER + GOOD + "2024-05-01,a\0b,1,1\n", "NUL byte at byte"),
        ((HEADER + GOOD).replace("\n", "\r"), "line 1: its lines end with CR alone"),
        (
            (HEADER + GOOD).replace(",", ";"),
            "line 1: fields are separated by ; where the contract says ,; deliver it as before"
            " or say `delimiter: ';'` in ingestion/sources/shop.yml",
        ),
        ((HEADER + GOOD).replace(",", "\t"), "separated by a tab where the contract says ,"),
        ("sep=;\n" + (HEADER + GOOD).replace(",", ";"), "line 1: is `sep=`"),
        ("sep=,\n" + HEADER + GOOD, "line 1: is `sep=`"),
        ("Report of May\n\n" + HEADER + GOOD, "the names of the columns stand in line 3"),
        (HEADER.upper() + GOOD, "other letter case (DAY where the contract says Day)"),
        ("Day,campaign,clicks,cost,Cost\n", "has the column 'Cost' twice (also as 'cost')"),
        (
            HEADER + "2024-05-01,spring,x,y\n" * 3 + GOOD,
            "3 of its 4 rows are bad, more than the 2 that quarantine_limit allows: clicks: not",
        ),
        (HEADER + '2024-05-01,"a"b,1,1\n' * 1500, "more than 1000 lines with stray quotes"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(
    zone: Any, content: bytes | str, told: str
) -> None:
    reason = zone.refusal(PATH, content)
    assert told in reason
    assert zone.rows("spend") == []


def test_a_missing_header_never_shows_the_row_that_stands_there(zone: Any) -> None:
    assert "ann@example.com" not in zone.refusal(
        PATH, "ann@example.com,Ann,1,2\nbob@example.com,Bob,1,2\n"
    )


def test_records_across_blocks_keep_their_lines(zone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 1000)
    rows = [f'2024-05-01,"{i}\n{"x" * (i % 700)}""\n",{i},1.00\n' for i in range(500)]
    zone.put(PATH, HEADER + "".join(rows[:250]) + '2024-05-01,"b"roken,1,1\n' + "".join(rows[250:]))
    report = zone.load()
    assert report.tables["shop_spend"].loaded == 500
    numbers = [2 + 3 * i + (i >= 250) for i in range(500)]
    assert zone.rows("spend", "clicks, _line_number") == list(zip(range(500), numbers, strict=True))
    assert [row[0] for row in quarantined(zone)] == [752]


def test_a_quote_that_is_never_closed_costs_its_line_only(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 500)
    monkeypatch.setattr(csv_records, "MAX_QUOTED_BYTES", 2000)
    zone.put(PATH, HEADER + GOOD * 10 + '2024-05-01,"spring,12,3.50\n' + GOOD * 300)
    report = zone.load()
    assert (report.tables["shop_spend"].loaded, report.tables["shop_spend"].quarantined) == (310, 1)
    assert quarantined(zone) == [
        (12, None, "a quote is opened and never closed", '2024-05-01,"spring,12,3.50')
    ]

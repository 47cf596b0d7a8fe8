"""Whatever is delivered: every row is loaded or quarantined, once, or the whole file is refused."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.errors import ExtractError
from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows
from ingestion.readers import csv_records
from ingestion.readers.csv_records import Broken, scan

EVER = datetime(2030, 1, 1)
QUIET = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [
            "1",
            "1.5",
            "12.30",
            "2024-05-01",
            "2024-05-01T10:00:00Z",
            "2024-05-01T10:00:00",
            "{",
            "[",
            "",
            "yes",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "a"]), inner, max_size=2)
    ),
)
keys = st.sampled_from(
    [
        "id",
        "email",
        "customer",
        "amount",
        "is_test",
        "lines",
        "placed_on",
        "paid_at",
        "created_at",
        "new",
    ]
)
good_lines = st.builds(
    lambda i, email: json.dumps(
        {"id": i, "email": email, "amount": "1.00", "created_at": "2024-05-01T10:00:00Z"}
    ),
    st.integers(0, 99),
    st.text(max_size=3),
)
wild_lines = st.dictionaries(keys, values, max_size=10).map(json.dumps)
broken_lines = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"), max_size=12
)
json_files = st.lists(
    st.one_of(good_lines, good_lines, wild_lines, broken_lines), min_size=1, max_size=12
)


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory, zone_at: Any) -> Iterator[Any]:
    """A fresh zone for every example."""
    root = tmp_path_factory.mktemp("zones")
    return (zone_at(root / str(i)) for i in range(10_000))


def check_conserved(
    zone: Any, path: str, table: str, rows: int | None, row_numbers: list[int] | None
) -> None:
    report = zone.load()
    [outcome] = report.outcomes
    if outcome.status == "refused":
        assert outcome.reason.startswith(path) and not zone.rows(table)
        return
    assert outcome.rows == outcome.loaded + outcome.quarantined
    assert rows is None or outcome.rows == rows
    loaded = [number for (number,) in zone.rows(table, "_line_number")]
    bad = [
        row["line_number"]
        for row in quarantined_rows(zone.raw_folder, quarantine_files(zone.store, EVER))
    ]
    assert (len(loaded), len(bad)) == (outcome.loaded, outcome.quarantined)
    assert len(set(loaded + bad)) == outcome.rows
    assert row_numbers is None or sorted(loaded + bad) == row_numbers


@QUIET
@given(file=json_files)
def test_every_json_line_is_somewhere(zones: Any, file: list[str]) -> None:
    zone = next(zones)
    zone.put("shop/orders-2024-05-01.jsonl", "".join(line + "\n" for line in file))
    check_conserved(
        zone, "shop/orders-2024-05-01.jsonl", "orders", len(file), list(range(1, len(file) + 1))
    )


@QUIET
@given(body=st.text(st.sampled_from('1,,,"\n\r a'), max_size=60))
def test_every_csv_record_is_somewhere(zones: Any, body: str) -> None:
    zone = next(zones)
    zone.put("shop/lines-2024-05-01.csv", "text\nfirst\n" + body + "\n")
    check_conserved(zone, "shop/lines-2024-05-01.csv", "lines", None, None)


@QUIET
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.sampled_from('ab,"\n\r é'), max_size=4)] * 2),
        min_size=1,
        max_size=10,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_well_formed_csv_reads_as_python_reads_it(
    zones: Any, rows: list[tuple[str, str]], end: str
) -> None:
    zone = next(zones)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["Day", "campaign", "clicks", "cost", "note"])
    writer.writerows(("2024-05-01", first, "1", "1", second) for first, second in rows)
    zone.put("shop/spend-2024-05-01.csv", text.getvalue())
    zone.load()
    assert zone.rows("spend", "campaign, note") == [
        tuple(None if v == "N/A" else v for v in row) for row in rows
    ]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=st.text(st.sampled_from('ab,"\n\r'), max_size=80), cuts=st.integers(1, 20))
def test_the_csv_scan_loses_no_byte(text: str, cuts: int) -> None:
    data = (text + "\n").encode()
    found, line = b"", 1
    for item in scan(_blocks(data, cuts), ","):
        if isinstance(item, Broken):
            part, starts = item.text.encode(), [item.line_number]
        else:
            part, starts = item.data[item.bounds[0] : item.bounds[-1]], item.line_numbers.tolist()
        assert starts[0] == line
        found, line = found + part, line + part.count(b"\n")
    assert found == data


def test_a_flood_of_broken_lines_ends_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "MAX_BROKEN", 3)
    with pytest.raises(ExtractError, match="more than 3 lines with stray quotes"):
        list(scan(iter([b'a"b\n' * 10]), ","))


def _blocks(data: bytes, size: int) -> Iterator[bytes]:
    """The data cut at line ends, as the line reader hands it on."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", min(start + size, len(data) - 1)) + 1 or len(data)
        yield data[start:end]
        start = end

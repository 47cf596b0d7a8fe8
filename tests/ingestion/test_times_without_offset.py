"""A time without an offset: nobody's guess where its source names no zone, and read in that zone
where it does."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sources_by_hand import DESK, TILL

from ingestion.contracts.accounts import accounts_of, contracts_of
from ingestion.contracts.contract import SourceContract
from ingestion.contracts.reading import load_contracts
from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows

# As it was delivered → in UTC.
IN_BERLIN = {
    "2024-01-15T12:00:00": datetime(2024, 1, 15, 11),
    "2024-07-15 12:00": datetime(2024, 7, 15, 10),
    "2024-07-15 12:00:00.25": datetime(2024, 7, 15, 10, 0, 0, 250000),
    # The clocks go from 2 to 3: as if they had not.
    "2024-03-31 01:59:59": datetime(2024, 3, 31, 0, 59, 59),
    "2024-03-31 02:30:00": datetime(2024, 3, 31, 1, 30),
    "2024-03-31 03:00:00": datetime(2024, 3, 31, 1),
    # They go from 3 back to 2: the second time.
    "2024-10-27 02:30:00": datetime(2024, 10, 27, 1, 30),
    "2024-10-27 03:00:00": datetime(2024, 10, 27, 2),
}
WITH_OFFSET = {
    "2024-07-15T12:00:00Z": datetime(2024, 7, 15, 12),
    "2024-07-15 12:00:00+05:30": datetime(2024, 7, 15, 6, 30),
    "2024-10-27T02:30:00+02:00": datetime(2024, 10, 27, 0, 30),
    "2024-07-15T12:00:00.5-04": datetime(2024, 7, 15, 16, 0, 0, 500000),
}
NO_TIMES = ("2024-02-30 12:00:00", "2024-07-15", "2024-07-15 25:00", "noon")
FORMATS = ("csv", "jsonl")


def of_a_shop(text: str, source: str, table: str) -> str:
    """A contract as one of source `shop` and table `times`, whose rows many may fail."""
    return (
        text.replace(f"source: {source}", "source: shop")
        .replace(f"\n  {table}:", "\n  times:")
        .replace(f"files: {source}/{table}-", "files: shop/times-")
        .replace("stg_" + source, "stg_shop")
        .replace("shop: till\n", "")
        .replace("key: [id]", "key: [id]\n    quarantine_limit: 1.0")
    )


CONTRACTS = {
    "csv": of_a_shop(TILL, "till", "receipts"),
    "jsonl": of_a_shop(DESK, "desk", "tickets").replace(
        "\nfeeds:", "\ntime_zone: Europe/Berlin\nfeeds:", 1
    ),
}


@pytest.fixture
def zone(zone_at: Any, tmp_path: Path) -> Any:
    class OfAccounts(zone_at):  # type: ignore[misc]
        """A landing zone read as a night reads it: by account."""

        @property
        def contracts(self) -> dict[str, SourceContract]:
            kinds = load_contracts(self.sources)
            return contracts_of(kinds, accounts_of(kinds, {}, "EUR", Path("clientele.yml")))

    return OfAccounts(tmp_path / "home")


def deliver(zone: Any, kind: str, times: list[str], *, zoned: bool = True) -> Any:
    text = CONTRACTS[kind]
    assert "time_zone: Europe/Berlin\n" in text
    text = text if zoned else text.replace("time_zone: Europe/Berlin\n", "")
    (zone.sources / "shop.yml").write_text(text, encoding="utf-8")
    rows = list(enumerate(times))
    if kind == "csv":
        content = "id,made_at\n" + "".join(f"{i},{time}\n" for i, time in rows)
    else:
        content = "".join(f'{{"id": "{i}", "made_at": "{time}"}}\n' for i, time in rows)
    zone.put(f"shop/times-2024-05-01.{kind}", content)
    return zone.load()


def quarantined(zone: Any) -> list[tuple[str, str]]:
    rows = quarantined_rows(
        zone.raw_folder, quarantine_files(zone.store, datetime(2030, 1, 1)), masked=False
    )
    return [(row["column_name"], row["reason"]) for row in rows]


@pytest.mark.parametrize("kind", FORMATS)
def test_without_a_zone_it_goes_to_quarantine(zone: Any, kind: str) -> None:
    report = deliver(zone, kind, [*IN_BERLIN, *WITH_OFFSET], zoned=False)
    assert [at for (at,) in zone.rows("times", "made_at")] == list(WITH_OFFSET.values())
    assert report.tables["shop_times"].loaded == len(WITH_OFFSET)
    reason = "made_at: not a timestamp with Z or an offset (2024-05-31T22:00:00Z)"
    assert quarantined(zone) == [("made_at", reason)] * len(IN_BERLIN)


@pytest.mark.parametrize("kind", FORMATS)
def test_with_a_zone_it_is_read_there_and_an_offset_still_wins(zone: Any, kind: str) -> None:
    deliver(zone, kind, [*IN_BERLIN, *WITH_OFFSET])
    wanted = IN_BERLIN | WITH_OFFSET
    read = [at for (at,) in zone.rows("times", "made_at")]
    assert dict(zip(wanted, read, strict=True)) == wanted
    assert quarantined(zone) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_no_time_is_none_in_any_zone(zone: Any, kind: str) -> None:
    deliver(zone, kind, ["2024-07-15 12:00", *NO_TIMES])
    assert zone.rows("times", "made_at") == [(datetime(2024, 7, 15, 10),)]
    assert [column for column, _ in quarantined(zone)] == ["made_at"] * len(NO_TIMES)


def test_a_zone_changes_the_fingerprint_and_none_leaves_it(zone: Any) -> None:
    prints = []
    for zoned in (True, False):
        deliver(zone, "csv", [], zoned=zoned)
        prints.append(zone.contracts["shop"].tables["times"].fingerprint)
    assert (
        prints[0] != prints[1] == load_contracts(zone.sources)["shop"].tables["times"].fingerprint
    )

"""What looks right and is not: numbers, keys, snapshots and contracts that were once believed."""

from pathlib import Path
from typing import Any

import pytest
from extract_texts import HOSTILE, ORDER

from ingestion.errors import ContractError, LedgerError
from ingestion.ledger import Ledger
from ingestion.quarantine.bad_rows import waiting_entries
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.reload import reload_source
from ingestion.storage.open import open_storage

pytestmark = pytest.mark.usefixtures("neighbour")


def test_another_file_under_the_name_settles_no_rows_that_it_lacks(zone: Any) -> None:
    def put(*ids: int, bad: str = "") -> None:
        zone.put(HOSTILE, "".join(ORDER % (i, '"1.00"') for i in ids) + bad)

    put(1, 2, bad=ORDER % (3, '"x"'))
    zone.load(**zone.day(1))
    put(4, 5, 6)
    zone.load(**zone.day(2))
    assert len(waiting_entries(zone.store)) == 1
    put(1, 2, 3)
    zone.load(**zone.day(3))
    assert not waiting_entries(zone.store)


@pytest.mark.parametrize(
    ("number", "loaded"),
    [
        ("123456789012345.678", None),  # a double makes .670 of it
        ("19.99999999999999999", None),
        ("-1234567890123.456", "-1234567890123.456"),  # sixteen that a double tells apart
        ('"123456789012345.678"', "123456789012345.678"),
        ("999999999999.999", "999999999999.999"),
        ("0.123", "0.123"),
        ("1.5e3", "1500.000"),
        ("123456789012345", "123456789012345.000"),
    ],
)
def test_a_number_that_loses_digits_on_the_way_is_not_believed(
    zone: Any, number: str, loaded: str | None
) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("decimal(9,2)", "decimal(18,3)"))
    zone.put(HOSTILE, ORDER % (1, "1.00") + ORDER % (2, number))
    told = zone.load().in_quarantine.get("shop_orders", {})
    assert [str(amount) for (amount,) in zone.rows("orders", "amount")] == [
        "1.000",
        *([loaded] if loaded else []),
    ]
    assert ("amount: a number that loses digits when it is read (put it in quotes)" in told) == (
        loaded is None
    )


def test_a_key_that_may_be_a_value_is_counted_and_not_shown(zone: Any) -> None:
    strange = '"ada@example.com": 1, "4915112345678": 2, "Ada Lovelace": 3, "utm_source": 4'
    zone.put(HOSTILE, (ORDER % (1, "1.00")).replace("}", f", {strange}}}"))
    zone.put(
        "shop/orders-2024-05-03.jsonl",
        (ORDER % (2, "1.00")).replace("}", ', "gift": {"a": 1, "a": 2}}') + ORDER % (3, "1.00"),
    )
    report = zone.load()
    assert report.drift["shop_orders"]["unknown"] == ["and 3 more", "utm_source"]
    assert report.in_quarantine["shop_orders"] == {"a key stands there twice": 1}


def test_a_bad_row_of_a_snapshot_is_not_a_deletion(zone: Any) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(
        contract.read_text().replace(
            "load_mode: snapshot", "load_mode: snapshot\n    absent_is_deleted: true"
        )
    )
    products = [f"p{i},1\n" for i in range(10)]
    for day, rows in enumerate([products, [*products[:9], "p9,x\n"], products[:9]], 1):
        zone.put(f"shop/stock-2024-05-0{day}.csv", "product,pieces\n" + "".join(rows))
        zone.load(**zone.day(day + 1))
        flags = dict(zone.rows("stock", "product, _is_deleted"))
        assert len(flags) == 10 and flags.pop("p9") == (day == 3) and not any(flags.values()), day


def test_a_dismissal_holds_for_the_rows_that_were_dismissed(zone: Any) -> None:
    zone.put(
        HOSTILE,
        ORDER % (1, "1.00") + ORDER % (2, '"x"') + ORDER % (3, "300.00") + ORDER % (4, "4.00"),
    )
    zone.load(**zone.day(1))
    Ledger(zone.store).settle(waiting_entries(zone.store)[0], "owner: test rows")
    contract = zone.sources / "shop.yml"
    for digits, now, waits in (
        ("decimal(9,2)", "decimal(5,2)", 0),
        ("decimal(5,2)", "decimal(4,2)", 1),
    ):
        contract.write_text(contract.read_text().replace(digits, now))
        reload_source(
            zone.landing_storage,
            zone.raw_folder,
            zone.store,
            zone.contracts,
            "shop",
            run_id="reload",
        )
        zone.load(**zone.day(2 + waits))
        assert len(waiting_entries(zone.store)) == waits, now
    past = Ledger(zone.store).past(zone.contracts["shop"].tables["orders"], 99, 14)
    assert [(file.rows, file.loaded) for file in past] == [(4, 2)], (
        "a file that was read three times was delivered once"
    )


def test_a_type_that_rows_in_raw_cannot_have_is_one_clear_error(zone: Any) -> None:
    zone.put(HOSTILE, ORDER % (1, "1.25")).rename(zone.landing / HOSTILE)
    zone.load(**zone.day(1))
    (zone.landing / HOSTILE).unlink()
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("decimal(9,2)", "decimal(9,1)"))
    with pytest.raises(
        ContractError, match=r"tables\.orders\.columns\.amount: 1 values in raw"
    ) as error:
        zone.load(**zone.day(2))
    assert "1.25" not in str(error.value) and "clientele reload shop" in str(error.value)


def test_two_homes_never_share_a_raw(zone: Any, zone_at: Any, tmp_path: Path) -> None:
    zone.load()
    other = zone_at(tmp_path / "other")
    other.raw_folder = RawFolder(open_storage(zone.raw, other.home / "spool"))
    with pytest.raises(LedgerError, match="belongs to another home"):
        other.load()
    assert zone.load().unchanged == 1 and not zone.load().leftovers


def test_a_content_that_counts_and_is_held_can_be_read_again(zone: Any) -> None:
    stock = "product,pieces\n" + "".join(f"p{i},1\n" for i in range(5))
    zone.put("shop/stock-2024-05-01.csv", stock)
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-05-03-a.csv", stock)
    zone.put("shop/stock-2024-05-03-b.csv", 'product,pieces\n"x')
    zone.load(**zone.day(3))
    contract = zone.sources / "shop.yml"
    contract.write_text(
        contract.read_text().replace(
            "One row per product.\n    files: shop/stock", "Stock.\n    files: shop/stock"
        )
    )
    report = reload_source(
        zone.landing_storage, zone.raw_folder, zone.store, zone.contracts, "shop", run_id="reload"
    )
    assert report.read_again == {"stock": 1}
    zone.put("shop/stock-2024-05-03-b.csv", "product,pieces\nq,1\n")
    zone.load(**zone.day(4))
    assert len(zone.rows("stock", "product")) == 6

"""Accounts: what an entry of the settings may say, what it leaves out, and what a second account
of a vendor is called."""

from pathlib import Path

import pytest
from sources_by_hand import DESK, TILL, sources

from ingestion.contracts.accounts import (
    Account,
    account_identifier_types,
    accounts_of,
    contracts_of,
    renamed_types,
)
from ingestion.contracts.contract import SourceContract
from ingestion.errors import ContractError
from orchestration.settings import SourceSettings

SETTINGS = Path("/shop/clientele.yml")
Kinds = dict[str, SourceContract]


def accounts(kinds: Kinds, **entries: dict[str, str]) -> dict[str, Account]:
    checked = {name: SourceSettings.model_validate(entry) for name, entry in entries.items()}
    return accounts_of(kinds, checked, "EUR", SETTINGS)


@pytest.fixture
def kinds(tmp_path: Path) -> Kinds:
    return sources(tmp_path)


def test_every_kind_is_an_account_and_what_is_not_said_is_the_shops(kinds: Kinds) -> None:
    made = accounts(kinds, till={})
    assert made == {
        "till": Account("till", "till", shop="till", currency="EUR", time_zone="Europe/Berlin"),
        "desk": Account("desk", "desk", shop="till", currency="EUR", time_zone=None),
    }
    assert SourceSettings().enabled
    assert [account.prefix for account in made.values()] == ["", ""]


def test_an_entry_says_what_differs(kinds: Kinds) -> None:
    made = accounts(
        kinds,
        till_uk={"kind": "till", "currency": "GBP", "time_zone": "Europe/London"},
        desk_uk={"kind": "desk", "shop": "till_uk"},
    )
    assert made["till_uk"] == Account("till_uk", "till", "till_uk", "GBP", "Europe/London")
    assert made["desk_uk"] == Account("desk_uk", "desk", "till_uk", "EUR", None)
    assert made["desk"].shop == "till" and made["till"].time_zone == "Europe/Berlin"
    assert made["till_uk"].prefix == "till_uk:"


@pytest.mark.parametrize(
    ("name", "entry", "told"),
    [
        ("tll", {}, ["sources.tll: ", "sources/tll.yml; write it", "(kind: ", "desk, till"]),
        ("till_uk", {"kind": "tll"}, ["sources.till_uk.kind: ", "sources/tll.yml", "desk, till"]),
        ("till", {"kind": "desk"}, ["sources.till.kind: ", "(till.yml)", "another name"]),
        ("desk", {"shop": "desk"}, ["sources.desk.shop: desk is no source of orders", "till"]),
        ("till.uk", {"kind": "till"}, ["sources.till.uk: 'till.uk' is not a name; use lower-case"]),
        (
            "desk",
            {"charges_without_order": "orders"},
            ["sources.desk.charges_without_order: desk delivers no charges; leave it out"],
        ),
        ("desk", {"shop": "tll"}, ["sources.desk.shop: tll is no source of orders", "till"]),
    ],
)
def test_a_mistake_is_one_line_with_file_entry_and_remedy(
    kinds: Kinds, name: str, entry: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(ContractError) as caught:
        accounts(kinds, **{name: entry})
    message = str(caught.value)
    assert message.startswith(f"{SETTINGS}: ") and "\n" not in message
    for part in told:
        assert part in message


def test_a_file_whose_shop_is_no_source_of_orders_is_named(tmp_path: Path) -> None:
    kinds = sources(tmp_path, TILL, DESK.replace("shop: till", "shop: tll"))
    with pytest.raises(ContractError) as caught:
        accounts(kinds)
    assert str(caught.value) == (
        f"{tmp_path / 'desk.yml'}: shop: tll is no source of orders; name one of till"
    )


def test_a_second_account_has_files_and_raw_tables_of_its_own_name(kinds: Kinds) -> None:
    contracts = contracts_of(kinds, accounts(kinds, till_uk={"kind": "till"}))
    assert contracts["till"].tables["receipts"].files == "till/receipts-*.csv"
    table = contracts["till_uk"].tables["receipts"]
    assert (table.files, table.raw_name) == ("till_uk/receipts-*.csv", "till_uk_receipts")
    assert (table.declared_in, table.time_zone) == ("ingestion/sources/till.yml", "Europe/Berlin")


def test_files_outside_the_vendors_folder_are_no_second_accounts(tmp_path: Path) -> None:
    kinds = sources(tmp_path, TILL.replace("till/receipts", "shops/receipts"), DESK)
    assert contracts_of(kinds, accounts(kinds))["till"].tables["receipts"].files.startswith("shops")
    with pytest.raises(ContractError) as caught:
        contracts_of(kinds, accounts(kinds, till_uk={"kind": "till"}))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'till.yml'}: tables.receipts.files: ")
    assert "till_uk has no folder of its own; move the files" in message


def test_no_source_takes_another_ones_folder(tmp_path: Path) -> None:
    kinds = sources(tmp_path, TILL, DESK.replace("desk/tickets", "till/tickets"))
    with pytest.raises(ContractError) as caught:
        contracts_of(kinds, accounts(kinds))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'desk.yml'}: tables.tickets.files: 'till/tickets")
    assert "lies in the folder of till" in message and message.endswith("begin with desk/")


def test_two_accounts_cannot_make_one_raw_table(tmp_path: Path) -> None:
    kinds = sources(tmp_path, TILL.replace("\n  receipts:", "\n  uk_receipts:"), DESK)
    other = sources(tmp_path, DESK.replace("\n  tickets:", "\n  receipts:"))["desk"]
    kinds = {**kinds, "desk": other}
    with pytest.raises(ContractError) as caught:
        contracts_of(kinds, accounts(kinds, till_uk={"kind": "desk"}))
    assert str(caught.value) == (
        f"{tmp_path / 'desk.yml'}: raw table till_uk_receipts of till_uk is already one of till;"
        " rename it, or the account in clientele.yml"
    )


def test_a_raw_table_never_looks_like_one_of_another_account(tmp_path: Path) -> None:
    kinds = sources(tmp_path, TILL.replace("\n  receipts:", "\n  uk_receipts:"), DESK)
    with pytest.raises(
        ContractError, match="till_uk_receipts of till begins like those of till_uk"
    ):
        contracts_of(kinds, accounts(kinds, till_uk={"kind": "desk"}))


def test_two_accounts_cannot_make_one_kind_of_record(tmp_path: Path) -> None:
    kinds = sources(tmp_path, TILL.replace("\n  buyers:", "\n  uk_users:"), DESK)
    with pytest.raises(ContractError) as caught:
        contracts_of(kinds, accounts(kinds, till_uk={"kind": "desk"}))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'desk.yml'}: record kind till_uk_users of till_uk")
    assert "is already one of till; rename it" in message and "\n" not in message


def test_a_second_account_gives_out_ids_of_its_own(kinds: Kinds) -> None:
    made = accounts(kinds, till_uk={"kind": "till"})
    types = account_identifier_types(kinds, made)
    assert set(types) == {"user_id", "card_id", "desk_id", "user_id@till_uk", "card_id@till_uk"}
    assert types["card_id@till_uk"] == types["card_id"]
    assert types["user_id@till_uk"].is_login


def test_a_login_that_another_source_names_is_that_of_its_shop(kinds: Kinds) -> None:
    made = accounts(kinds, till_uk={"kind": "till"}, desk_uk={"kind": "desk", "shop": "till_uk"})
    assert sorted(renamed_types(kinds, made)) == [
        ("desk_uk", "desk_id", "desk_id@desk_uk"),
        ("desk_uk", "user_id", "user_id@till_uk"),
        ("till_uk", "card_id", "card_id@till_uk"),
        ("till_uk", "user_id", "user_id@till_uk"),
    ]
    # The first desk goes over to the second shop: its own ids stay what they were.
    assert renamed_types(
        kinds, accounts(kinds, till_uk={"kind": "till"}, desk={"shop": "till_uk"})
    )[0] == ("desk", "user_id", "user_id@till_uk")


def test_only_the_login_of_the_declared_shop_is_renamed(tmp_path: Path) -> None:
    """A second shop keeps its own login and the other's, where it names both."""
    corner = TILL.replace("till", "corner").replace("user_id", "corner_login")
    corner = corner.replace("card_id", "corner_card")
    corner = corner.replace("priority: 10", "priority: 11").replace("priority: 20", "priority: 21")
    kinds = sources(tmp_path, TILL, DESK, corner)
    made = accounts(kinds, desk_uk={"kind": "desk", "shop": "corner"})
    assert sorted(renamed_types(kinds, made)) == [
        ("desk_uk", "desk_id", "desk_id@desk_uk"),
        ("desk_uk", "user_id", "corner_login"),
    ]

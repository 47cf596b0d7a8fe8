"""What a source's file says of feeds, record kinds and identifier types: read, and every mistake
named with file and key."""

from pathlib import Path

import pytest
from sources_by_hand import DESK, TILL, sources

from ingestion.contracts.feeds import IdentifierType, RecordKind
from ingestion.errors import ContractError


def test_a_file_says_what_its_source_adds(tmp_path: Path) -> None:
    till = sources(tmp_path)["till"]
    assert till.feeds == {"orders": ("stg_till__orders",), "people": ("stg_till__buyers",)}
    assert till.record_kinds == {"buyers": RecordKind(trust_rank=1, touch="signed_up")}
    assert till.identifier_types["card_id"] == IdentifierType(priority=20, description="Card.")
    assert till.time_zone == "Europe/Berlin" and till.tables["receipts"].time_zone is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("  orders:", "  order:", ["feeds.order: no such feed (did you mean orders?)", "people"]),
        (
            "stg_till__orders",
            "stg_desk__orders",
            ["feeds.orders: 'stg_desk__orders' is no staging model of till", "stg_till__<entity>"],
        ),
        (
            "orders: stg_till__orders",
            "orders: [stg_till__orders, stg_till__orders]",
            ["feeds.orders: stg_till__orders stands there twice"],
        ),
        (
            "record_kinds:\n  buyers: {trust_rank: 1, touch: signed_up}\n",
            "",
            ["record_kinds: missing", "feeds.people", "trust_rank"],
        ),
        (
            "trust_rank: 1",
            "trust_rnk: 1",
            ["record_kinds.buyers.trust_rank: Field required"],
        ),
        (
            "trust_rank: 1,",
            "trust_rank: 1, tuch: x,",
            ["record_kinds.buyers.tuch: ", "(did you mean touch?)"],
        ),
        ("trust_rank: 1", "trust_rank: true", ["record_kinds.buyers.trust_rank: ", "integer"]),
        ("trust_rank: 1", "trust_rank: 10", ["record_kinds.buyers.trust_rank: ", "equal to 9"]),
        ("signed_up", "came", ["record_kinds.buyers.touch: ", "'signed_up'", "'became_contact'"]),
        ("{trust_rank: 1, touch: signed_up}", "1", ["record_kinds.buyers: ", "trust_rank"]),
        ("  buyers:", "  Buyers:", ["record_kinds: 'Buyers' is not a name"]),
        ("priority: 10, ", "", ["identifier_types.user_id.priority: Field required"]),
        ("priority: 20", "priority: 10", ["identifier_types.card_id.priority: 10", "till.yml"]),
        ("priority: 20", "priority: 99999999999", ["identifier_types.card_id.priority: "]),
        ("owner: tests", "owner: 2026-13-45", ["not readable as YAML", "month"]),
        ("Europe/Berlin", "localtime", ["time_zone: 'localtime' is no time zone"]),
        ("Europe/Berlin", "Berlin", ["time_zone: 'Berlin' is no time zone", "Europe/Berlin"]),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key(
    tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    assert before in TILL
    with pytest.raises(ContractError) as caught:
        sources(tmp_path, TILL.replace(before, after, 1))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'till.yml'}: ") and "\n" not in message
    for part in told:
        assert part in message


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("card_id: {priority: 31", "identifier_types.card_id: is already declared by {desk}"),
        ("other_id: {priority: 30", "identifier_types.other_id.priority: 30 is already that of a"),
    ],
)
def test_an_identifier_type_is_of_one_source_and_of_one_strength(
    tmp_path: Path, after: str, told: str
) -> None:
    desk = DESK.replace("desk_id: {priority", "card_id: {priority") if "card" in after else DESK
    with pytest.raises(ContractError) as caught:
        sources(tmp_path, TILL.replace("card_id: {priority: 20", after), desk)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'till.yml'}: ") and "\n" not in message
    assert told.format(desk=tmp_path / "desk.yml") in message
    assert str(tmp_path / "desk.yml") in message

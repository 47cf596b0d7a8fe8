"""The feeds of the sources, gathered for dbt: whole, in order, and the same in the macro that is
kept for dbt started by hand."""

from dataclasses import replace

import pytest

from ingestion.contracts.feeds import FEEDS, IdentifierType
from ingestion.contracts.reading import load_contracts
from ingestion.errors import ContractError
from orchestration.warehouse.feeds import DBT_PROJECT, check_feeds, feeds_of, macro_text


def test_every_feed_has_the_models_that_the_files_declare() -> None:
    kinds = load_contracts()
    feeds = feeds_of(kinds)
    assert list(feeds) == list(FEEDS)
    for feed, models in feeds.items():
        assert models == [m for name in sorted(kinds) for m in kinds[name].feeds.get(feed, ())]


def test_the_macro_says_what_the_files_say() -> None:
    """`make lint` writes it anew."""
    kept = (DBT_PROJECT / "macros" / "feeds.sql").read_text(encoding="utf-8")
    assert kept == macro_text(feeds_of(load_contracts()))


def test_every_feed_is_read_by_the_models_that_are_said_to_read_it() -> None:
    for feed, model in FEEDS.items():
        text = (DBT_PROJECT / "models" / f"{model}.sql").read_text(encoding="utf-8")
        assert f"'{feed}'" in text, f"{model} does not read {feed}"


def test_a_model_that_is_not_there_is_named_with_the_file_that_wants_it() -> None:
    kinds = load_contracts()
    ecb = replace(kinds["ecb"], feeds={"orders": ("stg_ecb__rates", "stg_ecb__orders")})
    with pytest.raises(ContractError) as caught:
        feeds_of({**kinds, "ecb": ecb})
    assert str(caught.value) == (
        f"{ecb.path}: feeds.orders: there is no"
        " dbt_project/models/staging/ecb/stg_ecb__orders.sql; write it, or correct the name"
    )


@pytest.mark.parametrize(
    ("name", "priority", "said"),
    [
        (
            "email",
            12,
            "email: is one of shared_identifier_types.csv, for all sources",
        ),
        ("card", 50, "card.priority: 50 is already that of email in shared_identifier_types.csv"),
    ],
)
def test_a_type_that_all_sources_share_is_not_declared_again(
    name: str, priority: int, said: str
) -> None:
    kinds = load_contracts()
    declared = IdentifierType(priority=priority, description="Card.")
    ecb = replace(kinds["ecb"], identifier_types={name: declared})
    with pytest.raises(ContractError) as caught:
        check_feeds({**kinds, "ecb": ecb})
    assert str(caught.value).startswith(f"{ecb.path}: identifier_types.{said}")

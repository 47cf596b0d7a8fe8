"""Contracts: what the shipped ones say, and that every mistake in one is named
with file and key."""

from pathlib import Path

import pytest

from ingestion.contracts.contract import raw_columns
from ingestion.contracts.reading import load_contracts
from ingestion.errors import ContractError

MINIMAL = """
source: tickets
owner: support
version: 1
description: Tickets.
tables:
  tickets:
    description: One row per ticket.
    files: tickets/tickets-*.jsonl*
    format: jsonl
    load_mode: append
    key: [id]
    columns:
      - {name: id, type: integer, required: true, description: Id.}
      - {name: city, path: requester.city, type: text, pii: address, description: City.}
"""


def write(folder: Path, text: str, name: str = "tickets.yml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_contracts_load_and_name_every_column_once() -> None:
    contracts = load_contracts()
    assert {"shopify", "stripe", "hubspot", "web", "google_ads", "ecb", "consent", "cdnow"} <= set(
        contracts
    )
    orders = contracts["shopify"].tables["orders"]
    assert orders.raw_name == "shopify_orders"
    assert raw_columns(orders)["total_price"] == "DECIMAL(18,3)"
    assert list(raw_columns(orders))[-6:] == [
        "_extra",
        "_file_id",
        "_line_number",
        "_arrival",
        "_loaded_at",
        "_is_deleted",
    ]
    assert all(
        column.description
        for contract in contracts.values()
        for table in contract.tables.values()
        for column in table.columns
    )


def test_a_dropped_file_is_a_source(tmp_path: Path) -> None:
    table = load_contracts(write(tmp_path, MINIMAL))["tickets"].tables["tickets"]
    assert table.columns[1].path == ("requester", "city")
    assert table.columns[1].pii == "address"
    assert (table.quarantine_limit, table.on_same_name, table.may_be_empty) == (0.01, "add", False)
    assert raw_columns(table)["id"] == "BIGINT"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("owner: support", "", ["owner: missing"]),
        ("owner: support", "ownr: support", ["ownr: no such key", "did you mean owner?"]),
        ("version: 1", "version: one", ["version: is 'one'", "must be a int"]),
        ("source: tickets", "source: cases", ["source:", "tickets"]),
        ("format: jsonl", "format: json", ["tables.tickets.format", "jsonl, csv, parquet"]),
        (
            "load_mode: append",
            "load_mode: replace",
            ["tables.tickets.load_mode", "append, snapshot"],
        ),
        ("key: [id]", "key: [null]", ["tables.tickets.key", "None is not one of its columns"]),
        ("pii: address", "pii: mail", ["pii: is 'mail'", "email, phone"]),
        ("key: [id]", "key: [ident]", ["tables.tickets.key", "'ident' is not one of its columns"]),
        (
            "key: [id]",
            "key: [id]\n    version_column: updated_at",
            ["tables.tickets.version_column", "updated_at"],
        ),
        (
            "key: [id]",
            "key: [id]\n    quarantine_limit: 3",
            ["tables.tickets.quarantine_limit", "between 0 and 1"],
        ),
        (
            "key: [id]",
            "key: [id]\n    may_be_empty: maybe",
            ["tables.tickets.may_be_empty", "bool"],
        ),
        ("key: [id]", "key: [id]\n    key: [city]", ["twice"]),
        (
            "type: integer",
            "type: number",
            ["tables.tickets.columns[0] (id).type", "'number' is not a type", "integer"],
        ),
        ("type: integer", 'type: "decimal(40,2)"', ["columns[0] (id).type", "out of range"]),
        ("name: city", "name: id", ["the name 'id' stands there twice"]),
        ("name: city", "name: City", ["'City' is not a name"]),
        ("name: city", "name: _extra", ["'_extra' is not a name"]),
        ("path: requester.city", "path: id", ["the path 'id' stands there twice"]),
        ("path: requester.city", "path: id.city", ["leads to other columns too"]),
        (", description: City.", "", ["columns[1].description: missing"]),
        ("tables:", "tables: [", ["not readable as YAML"]),
    ],
)
def test_a_mistake_is_named_with_file_and_key(
    tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    assert before in MINIMAL
    write(tmp_path, MINIMAL.replace(before, after, 1))
    with pytest.raises(ContractError) as caught:
        load_contracts(tmp_path)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "tickets.yml"))
    for part in told:
        assert part in message


def test_two_sources_cannot_make_the_same_raw_table(tmp_path: Path) -> None:
    write(
        tmp_path,
        MINIMAL.replace("source: tickets", "source: a_b").replace("  tickets:\n", "  c:\n"),
        "a_b.yml",
    )
    write(
        tmp_path,
        MINIMAL.replace("source: tickets", "source: a").replace("  tickets:\n", "  b_c:\n"),
        "a.yml",
    )
    with pytest.raises(ContractError, match=r"raw\.a_b_c is already made by"):
        load_contracts(tmp_path)


def test_a_folder_without_contracts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no contracts in it"):
        load_contracts(tmp_path)


def test_the_fingerprint_changes_with_the_contract(tmp_path: Path) -> None:
    first = load_contracts(write(tmp_path, MINIMAL))["tickets"].tables["tickets"].fingerprint
    second = (
        load_contracts(write(tmp_path, MINIMAL.replace("required: true", "required: false")))[
            "tickets"
        ]
        .tables["tickets"]
        .fingerprint
    )
    assert (
        first == load_contracts(write(tmp_path, MINIMAL))["tickets"].tables["tickets"].fingerprint
    )
    assert first != second

"""Sources of orders and of people in a few lines, for the tests of accounts and contracts."""

from pathlib import Path

from ingestion.contracts.contract import SourceContract
from ingestion.contracts.reading import load_contracts

# A shop with logins, and a help desk whose tickets name the logins of the shop.
TILL = """
source: till
owner: tests
version: 1
description: A shop.
time_zone: Europe/Berlin
feeds:
  orders: stg_till__orders
  people: [stg_till__buyers]
record_kinds:
  buyers: {trust_rank: 1, touch: signed_up}
identifier_types:
  user_id: {priority: 10, description: Login., is_login: true}
  card_id: {priority: 20, description: Card.}
tables:
  receipts:
    description: One row per receipt.
    files: till/receipts-*.csv
    format: csv
    load_mode: append
    key: [id]
    columns:
      - {name: id, type: text, required: true, description: Number.}
      - {name: made_at, type: timestamp, description: When.}
"""
DESK = """
source: desk
owner: tests
version: 1
description: A help desk.
shop: till
feeds:
  people: [stg_desk__users]
record_kinds:
  users: {trust_rank: 5}
identifier_types:
  desk_id: {priority: 30, description: Number at the desk.}
tables:
  tickets:
    description: One row per ticket.
    files: desk/tickets-*.jsonl
    format: jsonl
    load_mode: append
    key: [id]
    columns:
      - {name: id, type: text, required: true, description: Number.}
      - {name: made_at, type: timestamp, description: When.}
"""


def sources(folder: Path, *texts: str) -> dict[str, SourceContract]:
    """Each text as a file of its source's name in `folder`, read."""
    for text in texts or (TILL, DESK):
        name = text.split("source: ")[1].split("\n")[0]
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_contracts(folder)

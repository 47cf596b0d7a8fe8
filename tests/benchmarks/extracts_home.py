"""Part of topic `extracts`: what is delivered to the loads that are killed."""

import json
from pathlib import Path

ROWS = 60
CONTRACT = """
source: shop
owner: figures
version: 1
description: A shop whose loads are killed.
tables:
  orders:
    description: One row per delivered version of an order.
    files: shop/orders-*.jsonl*
    format: jsonl
    load_mode: append
    key: [id]
    quarantine_limit: 0.5
    columns:
      - {name: id, type: integer, required: true, description: Id.}
      - {name: amount, type: "decimal(9,2)", required: true, description: Amount.}
  report:
    description: One row per line of a report that is delivered again under its name.
    files: shop/report-*.csv*
    format: csv
    load_mode: append
    on_same_name: supersede
    key: []
    quarantine_limit: 0.5
    columns:
      - {name: line, type: integer, required: true, description: Line.}
  stock:
    description: One row per product.
    files: shop/stock-*.csv*
    format: csv
    load_mode: snapshot
    absent_is_deleted: true
    key: [product]
    quarantine_limit: 0.5
    columns:
      - {name: product, type: text, required: true, description: Product.}
      - {name: pieces, type: integer, required: true, description: Pieces.}
"""


def make_home(home: Path) -> Path:
    """Extracts of every kind: appended, superseding, a snapshot that loses a product, bad rows,
    a refused and a doubled file."""
    write_contract(home)
    for day in range(1, 4):
        put(
            home,
            f"shop/orders-2024-06-0{day}.jsonl",
            "".join(order_line(100 * day + i) for i in range(ROWS)) + '{"id": "x"}\n' * (day == 2),
        )
        put(
            home,
            f"shop/report-2024-06-0{day}.csv",
            "line\n" + "".join(f"{day}{i}\n" for i in range(ROWS)),
        )
        products = "".join(f"p{i},{day}\n" for i in range(ROWS) if i != 7 * day)
        put(
            home,
            f"shop/stock-2024-06-0{day}.csv",
            f"product,pieces\n{products}" + "p,many\n" * (day == 3),
        )
    put(home, "shop/orders-2024-06-04.jsonl", "".join(order_line(100 + i) for i in range(ROWS)))
    put(home, "shop/report-2024-06-04.csv", "line\n1")
    return home


def write_contract(home: Path) -> None:
    sources = home / "sources"
    sources.mkdir(parents=True)
    (sources / "shop.yml").write_text(CONTRACT, encoding="utf-8")


def put(home: Path, path: str, content: str) -> None:
    file = home / "extracts" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


def order_line(number: int) -> str:
    return json.dumps({"id": number, "amount": f"{number % 90}.50"}) + "\n"

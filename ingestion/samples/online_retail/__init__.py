"""Online Retail as an extract: a ledger in which sales stand beside returns, fees and write-offs.

Source, terms and cut: SOURCES.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingestion.samples.shop.files import PIECE, write_file

DATA = Path(__file__).with_name("online_retail_cut.csv.gz")
LAST_DAY = date(2011, 12, 9)

# The published columns, named and typed as the contract has them; the file's clock is the shop's.
_AS_CONTRACT = """
select
    row_number() over () as line_id,
    "InvoiceNo" as invoice_number,
    "StockCode" as stock_code,
    "Description" as description,
    "Quantity"::integer as quantity,
    strftime(
        timezone('UTC', timezone('Europe/London', "InvoiceDate"::timestamp)),
        '%Y-%m-%dT%H:%M:%SZ'
    ) as invoiced_at,
    "UnitPrice"::decimal(18, 3) as unit_price,
    "CustomerID"::integer as customer_id,
    "Country" as country
from {published}
"""

# What the project carries: the customers whose number ends in 42, invoices without a customer
# alike, and all corrections of the books.
CUT = (
    "coalesce(customer_id % 100, try_cast(right(invoice_number, 2) as integer))"
    " = 42 or invoice_number like 'A%'"
)


@dataclass(frozen=True)
class OnlineRetailReport:
    """What `make_online_retail` wrote: the file (without its manifest), its lines,
    and their sum in pounds."""

    file: Path
    rows: int
    amount: Decimal


def make_online_retail(extracts: Path, published: Path | None = None) -> OnlineRetailReport:
    """Write extracts/online_retail/invoice_lines-<day>.csv with its manifest:
    the whole of a `published` file, else the cut.

    `published` is a Parquet or CSV file with the published columns. Errors: `FileNotFoundError`,
    `duckdb.Error` when it has others.
    """
    if published is not None and not published.exists():
        raise FileNotFoundError(
            f"{published}: no such file; give the published data set as Parquet or CSV"
        )
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(
            "set threads = 1"
        )  # rows in the order of the file: a line's id is its place there
        lines = (
            f"select * from read_csv('{DATA}', all_varchar = true)"
            if published is None
            else as_contract(published)
        )
        written = Path(folder) / "lines.csv"
        connection.execute(f"create table lines as {lines}")
        connection.execute(f"copy lines to '{written}' (header)")
        rows, units, amount = connection.execute(
            "select count(*), sum(quantity::integer),"
            " sum(quantity::integer * unit_price::decimal(18, 3)) from lines"
        ).fetchall()[0]
        path = extracts / "online_retail" / f"invoice_lines-{LAST_DAY.isoformat()}.csv"
        write_file(path, _pieces(written), lambda: (rows, {"quantity": str(units)}))
    return OnlineRetailReport(path, rows, amount)


def as_contract(published: Path) -> str:
    """SELECT of a published file's rows in the contract's shape."""
    reader = "read_parquet" if published.suffix == ".parquet" else "read_csv"
    return _AS_CONTRACT.format(published=f"{reader}('{published}')")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece

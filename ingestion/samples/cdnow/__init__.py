"""The CDNOW sample as an extract: a source of orders alone, for figures that others have published.

Source and terms of the data: SOURCES.md in this folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

from ingestion.samples.shop.files import Described, write_file

DATA = Path(__file__).with_name("cdnow_sample.txt")
DELIVERIES = (
    date(1997, 9, 30),
    date(1998, 6, 30),
)  # the end of the published calibration period, and of the data
HEADER = "purchase_id,customer_id,purchased_on,discs,dollars"
Purchase = tuple[int, str, date, int, Decimal]


@dataclass(frozen=True)
class CdnowReport:
    """What `make_cdnow` wrote: files (without manifests), rows per table, the last day landed."""

    files: tuple[Path, ...]
    rows: dict[str, int]
    last_business_date: date


def read_purchases() -> list[Purchase]:
    """The published purchases: (line number, customer id in the sample, day, discs, dollars)."""
    purchases = []
    for number, line in enumerate(DATA.read_text(encoding="ascii").splitlines(), start=1):
        _, customer, day, discs, dollars = line.split()
        purchases.append((number, customer, date.fromisoformat(day), int(discs), Decimal(dollars)))
    return purchases


def _describe(purchases: list[Purchase]) -> Described:
    return len(purchases), {
        "dollars": str(sum((purchase[4] for purchase in purchases), Decimal(0)))
    }


def make_cdnow(extracts: Path) -> CdnowReport:
    """Write extracts/cdnow/purchases-<day>.csv: all purchases to 1997-09-30,
    and the later ones, with manifests."""
    purchases = read_purchases()
    files = []
    after = date.min
    for delivery in DELIVERIES:
        rows = [purchase for purchase in purchases if after < purchase[2] <= delivery]
        lines = [
            f"{number},{customer},{day},{discs},{dollars}"
            for number, customer, day, discs, dollars in rows
        ]
        path = extracts / "cdnow" / f"purchases-{delivery.isoformat()}.csv"
        write_file(path, [("\n".join([HEADER, *lines]) + "\n").encode()], partial(_describe, rows))
        files.append(path)
        after = delivery
    return CdnowReport(tuple(files), {"cdnow.purchases": len(purchases)}, DELIVERIES[-1])

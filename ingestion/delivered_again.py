"""The part of the ledger that knows which contents were delivered again, and what was taken back.

Only this module writes `extract_days`.
"""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingestion.delivery_order import Again, Content, Delivery
from ingestion.times import iso

if TYPE_CHECKING:
    from ingestion.ledger import Store

PREPARED_AS_OF = "9999-12-31T00:00:00Z"  # of what the next night takes up
_COLUMNS = tuple(Again.__dataclass_fields__)


class DeliveredAgain:
    """Reads and writes `extract_days`; reads `extract_files` beside it."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def newest(self, as_of: datetime) -> dict[Content, Delivery]:
        """The newest delivery of each content that was delivered again, as a night at `as_of`
        knows it."""
        known = "as_of <= ? and (forgotten_as_of is null or forgotten_as_of > ?)"
        found = self._rows(known, [iso(as_of), iso(as_of)])
        return {again.content: again.delivery for again in found}

    def newest_day(self, source: str, as_of: datetime) -> str | None:
        """The newest business day that a source delivered, new or again, as a night at `as_of`
        knows it."""
        rows = self._store.query(
            "select max(business_date) as day from (select business_date from extract_files"
            " where source = ?1 and as_of <= ?2"
            " and (status = 'loaded' or superseded_as_of > ?2)"
            " union all select business_date from extract_days where source = ?1 and as_of <= ?2"
            " and (forgotten_as_of is null or forgotten_as_of > ?2))",
            [source, iso(as_of)],
        )
        day: str | None = rows[0]["day"]
        return day

    def named(self, path: str) -> list[Again]:
        """The deliveries under a name, newest first."""
        return self._rows("path = ? and forgotten_as_of is null", [path])[::-1]

    def forget(self, again: Again) -> None:
        """From the next night on a content counts by this delivery no more."""
        with self._store.transaction() as db:
            db.execute(
                "update extract_days set forgotten_as_of = ? where source = ? and table_name = ?"
                " and sha256 = ? and path = ? and forgotten_as_of is null",
                [PREPARED_AS_OF, *again.content, again.path],
            )

    def forgotten(self) -> set[tuple[Content, str]]:
        """The contents that people took back, each with its path: they are not read again."""
        rows = self._store.query(
            "select source, table_name, sha256, path from extract_files where status = 'forgotten'"
            " union select source, table_name, sha256, path from extract_days"
            " where forgotten_as_of is not null"
        )
        return {((row["source"], row["table_name"], row["sha256"]), row["path"]) for row in rows}

    def _rows(self, where: str, params: Sequence[Any]) -> list[Again]:
        """From old to new."""
        rows = self._store.query(
            f"select {', '.join(_COLUMNS)} from extract_days where {where}", params
        )
        return sorted((Again(*tuple(row)) for row in rows), key=lambda again: again.delivery)


def enter_again(db: Any, delivered: Sequence[Again]) -> None:
    """Note deliveries, inside a transaction of the ledger."""
    db.executemany(
        f"insert or replace into extract_days ({', '.join(_COLUMNS)})"
        f" values ({', '.join('?' * len(_COLUMNS))})",
        [astuple(again) for again in delivered],
    )


def take_up_forgotten(db: Any, as_of: datetime) -> None:
    """From this night on what was taken back counts no more."""
    db.execute(
        "update extract_days set forgotten_as_of = ? where forgotten_as_of = ?",
        [iso(as_of), PREPARED_AS_OF],
    )

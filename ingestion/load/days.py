"""By which delivery each content of raw counts: its newest."""

from collections.abc import Mapping
from datetime import datetime

from ingestion.delivery_order import Again, Content, Delivery, newest_delivery
from ingestion.entry import Entry
from ingestion.landing.scan import Extract
from ingestion.load.known import Known
from ingestion.times import iso


class Days:
    """`new` are those that the ledger does not have yet."""

    def __init__(self, again: Mapping[Content, Delivery], as_of: datetime) -> None:
        self._again = dict(again)
        # what was delivered again in place of another content, by table and place
        self._at = {(*content[:2], found.place): found for content, found in again.items()}
        self._as_of = iso(as_of)
        self.new: list[Again] = []

    def returns(self, extract: Extract, entry: Entry, known: Known, arrival: int) -> bool:
        """Note that a content of raw, whose entry this is, was delivered again: under a name that
        comes later, or in place of another content of its name. Whether another one of its table's
        came in between, so that it is a state that returns.

        `arrival` is the ledger's last. A snapshot's day is its entry's.
        """
        if entry.status != "loaded" or extract.table.load_mode == "snapshot":
            return False
        before = newest_delivery(entry, self._again)
        named = known.named(extract.table, extract.path)
        here = (*entry.content[:2], extract.order)
        its_name_was_taken = (
            named is not None and newest_delivery(named, self._again) > before
        ) or self._at.get(here, before) > before
        if extract.order < before.place or (
            extract.order == before.place and not its_name_was_taken
        ):
            return False
        day = extract.business_date.isoformat()
        again = Again(*entry.content, day, extract.path, arrival, self._as_of)
        self._again[entry.content] = self._at[here] = again.delivery
        self.new.append(again)
        return any(
            newest_delivery(other, self._again) > before
            for other in known.live(extract.table)
            if other.sha256 != entry.sha256
        )

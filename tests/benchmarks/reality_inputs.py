"""Part of topic `reality`: extracts as real shops deliver them, each with its right result.

All of them are delivered to one sample shop, over three nights; a till that no sample has is
loaded beside it. An input is *wrong* when the warehouse says something else than what is right, or
loses a row without a word.
"""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import reality_inputs_consent
import reality_inputs_money
import reality_inputs_nights
import reality_inputs_people
import reality_inputs_salesforce
import reality_inputs_texts
import reality_inputs_till
import reality_nights as nights
from commands import figure
from reality_inputs_case import Input, Seen
from reality_inputs_till import TillInput

from ingestion.ledger import Ledger
from ingestion.quarantine.bad_rows import quarantined_rows, waiting_or_evidence
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.open import open_storage
from orchestration.control.store import ControlStore

OF_THE_SHOP = (
    reality_inputs_nights,
    reality_inputs_texts,
    reality_inputs_people,
    reality_inputs_salesforce,
    reality_inputs_consent,
    reality_inputs_money,
)


def shop_inputs(size: str = "full") -> list[Input]:
    """Every input of the shop; `tiny`: the first of each kind that takes one night."""
    every = [one for part in OF_THE_SHOP for one in part.inputs()]
    if size == "full":
        return every
    return list({one.kind: one for one in reversed(every) if one.nights == 1}.values())


def till_inputs(size: str = "full") -> list[TillInput]:
    every = list(reality_inputs_till.inputs())
    return every if size == "full" else list({one.kind: one for one in every}.values())


def measure(size: str = "full") -> list[dict[str, Any]]:
    """How many inputs were tried, and of how many the warehouse does not say what is right."""
    shop, till = shop_inputs(size), till_inputs(size)
    wrong = shop_wrong(shop, size) | reality_inputs_till.wrong(till)
    kinds = Counter(one.kind for one in (*shop, *till))
    note = f"{len(kinds)} kinds: " + ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
    told = "; ".join(f"{name}: {why}" for name, why in wrong.items())
    tried = len(shop) + len(till)
    return [
        figure("inputs_tried", tried, "inputs", ">= 79" if size == "full" else "", note),
        figure("inputs_wrong", len(wrong), "inputs", "= 0", told[:2000]),
    ]


def shop_wrong(chosen: list[Input], size: str) -> dict[str, str]:
    """Name → what is wrong, of the inputs of which something is after all their nights."""
    with tempfile.TemporaryDirectory(prefix="clientele-inputs-") as folder:
        # From the first night on: so many strangers in one night are refused, as they should be.
        home = nights.sample_home(Path(folder), size)
        for night in range(1, max(one.nights for one in chosen) + 1):
            for file in (file for one in chosen for file in one.files if file.night == night):
                path = home / "extracts" / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)
            outcome = nights.night(home)
            if not outcome.is_published:
                return {f"night {night} is refused": outcome.why}
        return judge(home, chosen)


def judge(home: Path, chosen: list[Input]) -> dict[str, str]:
    """The same of a home whose nights are over."""
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    raw = RawFolder(open_storage(home / "raw", home / "spool" / "raw"))
    try:
        entries = {entry.path: entry for entry in Ledger(store).entries()}
        reasons: dict[str, list[str]] = {}
        for row in quarantined_rows(raw, waiting_or_evidence(store)):
            reasons.setdefault(row["file_path"], []).append(row["reason"])
    finally:
        store.close()
    with duckdb.connect(str(nights.generation(home)), read_only=True) as con:
        seen = Seen(con, entries, reasons)
        told = {f"{one.kind}: {one.name}": one.check(seen) for one in chosen}
    return {name: why for name, why in told.items() if why}

"""Raw held against the ledger: files that are gone, that are not what was written,
and that the ledger does not name.

A disk can change a bit and say nothing, and Parquet read back says nothing either: so each file's
digest is kept from when it was written, and every night asks for it before it reads the file.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from ingestion.entry import Entry
from ingestion.errors import LedgerError
from ingestion.ledger import Ledger
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.protocol import Stat
from ingestion.times import iso

LEFTOVERS = "_leftovers"
LEFTOVER_DAYS = 30
_CHANGED = "this file is not as it was written"
Listing = Mapping[str, Stat | None]
# What the loader writes; anything else that lies there is somebody else's.
_OURS = re.compile(r"(_(quarantine|corrections|deleted)/)?[^/]+/[^/]+/[0-9a-f]{32}\.r\d+\.parquet")
_SET_ASIDE = re.compile(rf"{LEFTOVERS}/((\d{{4}}-\d\d-\d\d)_[^/]+)/")


def check_files(
    raw: RawFolder,
    ledger: Ledger,
    present: Listing,
    entries: Iterable[Entry],
    read: Iterable[Entry],
    as_of: datetime,
) -> None:
    """Ask whether what a night at `as_of` reads is what was written. `present` is raw's listing,
    `entries` are all that the ledger has, `read` those that the night reads.

    Errors: `LedgerError` when a file that the ledger names is gone, or one that the night reads was
    changed. Leaving such a file out would publish totals without it, so the night stops.
    """
    moment = iso(as_of)
    named = {path: entry for entry in entries for path in entry.data_paths}
    lost = sorted(named.keys() - present.keys())
    if lost:
        raise LedgerError(_refusal(raw, lost, named, "the ledger names this file but it is gone"))
    needed = {path: entry for entry in read for path in entry.paths_read(moment)}
    changed = damaged(raw, ledger, present, needed)
    if changed:
        raise LedgerError(_refusal(raw, changed, needed, _CHANGED))


def damaged(raw: RawFolder, ledger: Ledger, present: Listing, paths: Collection[str]) -> list[str]:
    """Of files below raw/ those that are gone or are not what was written.

    A file without a digest of its kind (it is older than digests, or raw was moved to a bucket or
    from one) gets its digest now.
    """
    kept = ledger.digests()
    now = raw.digests({path: present[path] for path in paths if path in present})
    new = {
        path: digest
        for path, digest in now.items()
        if digest and _kind(digest) != _kind(kept.get(path, ""))
    }
    if new:
        ledger.keep_digests(new)
    known = kept | new
    return sorted(path for path in paths if now.get(path, "") != known.get(path))


def check_entry(raw: RawFolder, ledger: Ledger, entry: Entry) -> None:
    """The same for all files of one entry, before a person's corrections are read with them.

    Errors: `LedgerError`.
    """
    paths = {path: entry for path in entry.paths}
    if changed := damaged(raw, ledger, raw.listed(), paths):
        raise LedgerError(_refusal(raw, changed, paths, _CHANGED))


def set_leftovers_aside(
    raw: RawFolder, entries: Iterable[Entry], present: Listing, night: date, run_id: str
) -> dict[str, str]:
    """Move files that no ledger row names out of the way, to `_leftovers/<night>_<run id>/`;
    returns where each lies now, by its path before.

    A killed run leaves such files, and so does a control store that is older than raw: then they
    may be all that is left of an extract. What lies there for `LEFTOVER_DAYS` nights' dates goes.
    """
    unnamed = present.keys() - {path for entry in entries for path in entry.paths}
    leftovers = {
        path: f"{LEFTOVERS}/{night}_{run_id}/{path}"
        for path in sorted(unnamed)
        if _OURS.fullmatch(path)
    }
    for path, target in leftovers.items():
        raw.move(path, target)
    aside = {found[1]: found[2] for found in map(_SET_ASIDE.match, unnamed) if found}
    for folder, day in aside.items():
        if date.fromisoformat(day) < night - timedelta(days=LEFTOVER_DAYS):
            raw.remove_below(f"{LEFTOVERS}/{folder}")
    return leftovers


def _refusal(
    raw: RawFolder, paths: Collection[str], entries: Mapping[str, Entry], what: str
) -> str:
    first, *more = paths
    others = f" (and {len(more)} more)" if more else ""
    sources = sorted({entries[path].source for path in paths})
    again = ", ".join(f"`clientele reload {source}`" for source in sources)
    return (
        f"{raw.at(first)}: {what}{others}; {again} makes it again from its extract"
        f" {entries[first].path}; where that is gone, restore raw from the backup"
    )


def _kind(digest: str) -> str:
    return digest.split(":")[0]

"""The landing zone: which extracts lie there, which table each belongs to,
which of them changed since they were last read."""

import fnmatch
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingestion.contracts.contract import SourceContract, TableContract, all_tables
from ingestion.delivery_order import Place, natural
from ingestion.errors import LandingZoneError
from ingestion.ledger import Ledger, Store
from ingestion.storage.protocol import Stat, Storage

MANIFEST = ".manifest.json"
_NAME = re.compile(
    r".*?-(?P<date>\d{4}-\d{2}-\d{2})(-[A-Za-z0-9_.-]*?)?\.(?P<format>jsonl|csv|parquet)(\.gz|\.zst)?"
)
_UNFINISHED = (".tmp", ".part", "~")
_FRESH_NS = 2_000_000_000  # a younger file may change again within the same tick of its clock


@dataclass(frozen=True)
class Extract:
    """One extract file, and the manifest beside it if there is one.

    `path` is below the landing zone, with forward slashes.
    """

    path: str
    table: TableContract
    business_date: date
    stat: Stat
    manifest: Stat | None = None

    @property
    def order(self) -> Place:
        """Extracts are loaded in this order, whatever the file system says."""
        return Place(self.business_date, natural(self.path))


@dataclass(frozen=True)
class UnknownFile:
    """A file that no contract claims, and what to do about it."""

    path: str
    remedy: str


@dataclass(frozen=True)
class Landing:
    """What lies in the landing zone, in load order."""

    extracts: tuple[Extract, ...]
    unknown: tuple[UnknownFile, ...]
    switched_off: tuple[str, ...]


def scan_landing(
    landing: Storage,
    contracts: Mapping[str, SourceContract],
    enabled_sources: Collection[str],
    latest_day: date = date.max,
) -> Landing:
    """Everything below the landing zone.

    Hidden and temporary names are left alone: they are still being written. A day after
    `latest_day` is a typing error: once in the ledger, it would be the newest day for years.
    Errors: `LandingZoneError` when the folder is missing.
    """
    if not landing.exists():
        raise LandingZoneError(
            f"{landing}: the landing zone is missing;"
            " make it, or name the right one (CLIENTELE_HOME, or `storage` in clientele.yml)"
        )
    extracts: list[Extract] = []
    unknown: list[UnknownFile] = []
    switched_off: list[str] = []
    tables = list(all_tables(contracts))
    found = {
        path: stat
        for path, stat in landing.files(hidden=(".", "_"))
        if not path.endswith(_UNFINISHED)
    }
    for path, stat in sorted(found.items()):
        if not path.isprintable():
            remedy = (
                "has a name with bytes that are no UTF-8, or with control characters"
                " (shown escaped); rename it"
            )
            unknown.append(UnknownFile(repr(path)[1:-1], remedy))
            continue
        if stat is None:
            remedy = (
                "cannot be read as a file (a pipe, a link that leads nowhere, back or out of"
                " the landing zone, a folder without permission); put the file there"
            )
            unknown.append(UnknownFile(path, remedy))
            continue
        if path.endswith(MANIFEST):
            if path.removesuffix(MANIFEST) not in found:
                unknown.append(
                    UnknownFile(
                        path,
                        "is a manifest without its file;"
                        " deliver the file beside it or remove the manifest",
                    )
                )
            continue
        table = next((table for table in tables if fnmatch.fnmatchcase(path, table.files)), None)
        named = _NAME.fullmatch(path)
        if table is None or named is None or named["format"] != table.format:
            unknown.append(UnknownFile(path, _remedy(path, contracts)))
            continue
        try:
            business_date = date.fromisoformat(named["date"])
        except ValueError:
            unknown.append(
                UnknownFile(path, f"has no such day in its name: {named['date']}; rename it")
            )
            continue
        if business_date > latest_day:
            remedy = (
                f"speaks of {business_date}, which lies far ahead: the last day that can be is"
                f" {latest_day} (`future_days` in clientele.yml); rename it"
            )
            unknown.append(UnknownFile(path, remedy))
            continue
        if table.source not in enabled_sources:
            switched_off.append(path)
            continue
        extracts.append(Extract(path, table, business_date, stat, found.get(path + MANIFEST)))
    return Landing(
        tuple(sorted(extracts, key=lambda e: e.order)), tuple(unknown), tuple(switched_off)
    )


@dataclass(frozen=True)
class Brought:
    """An extract as a file of this machine, and its manifest if it has one. `suffix` is that of
    its name, which the file of this machine need not have."""

    file: Path
    suffix: str
    manifest: Path | None = None


def bring(landing: Storage, extract: Extract) -> Brought:
    """Errors: `OSError` when it cannot be read."""
    manifest = landing.bring(extract.path + MANIFEST) if extract.manifest else None
    return Brought(landing.bring(extract.path), Path(extract.path).suffix, manifest)


def newest_business_date(
    landing: Storage,
    store: Store,
    contracts: Mapping[str, SourceContract],
    enabled_sources: Collection[str],
    latest_day: date = date.max,
) -> date | None:
    """The newest day up to `latest_day` that an extract of an enabled source speaks of,
    in the landing zone, or any in the ledger; None when there is none."""
    days = (
        [
            extract.business_date
            for extract in scan_landing(landing, contracts, enabled_sources, latest_day).extracts
        ]
        if landing.exists()
        else []
    )
    days += Ledger(store).business_dates(enabled_sources)
    return max(days, default=None)


def is_settled(stat: Stat) -> bool:
    """Whether a file is old enough for its stat to be trusted: a change would show."""
    return time.time_ns() - max(stat.mtime_ns, stat.ctime_ns) > _FRESH_NS


def _remedy(path: str, contracts: Mapping[str, SourceContract]) -> str:
    source = contracts.get(path.split("/")[0])
    if source is None:
        return (
            f"belongs to no source; folders are {', '.join(contracts)};"
            " add ingestion/sources/<source>.yml for another source,"
            " or for another account of one an entry below sources in clientele.yml"
        )
    wanted = ", ".join(
        f"{source.name}/{table.name}-<YYYY-MM-DD>[-<part>].{table.format}[.gz|.zst]"
        for table in source.tables.values()
    )
    return (
        f"fits no table of {source.name}; rename it to {wanted},"
        f" or add a table to {source.path.name}"
    )

"""The addresses step: every distinct text that stands for an e-mail address, and the plain form of
the addresses that it may mean.

A text with one reading is that address. One with several, or with none, identifies nobody and
grants nothing; a withdrawal holds for each of its readings.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from orchestration.steps.addresses.domains import ascii_domain
from orchestration.steps.files import write_parquet
from orchestration.steps.plain_text import plain_text

ADDRESSES_FILE = "addresses.parquet"
ADDRESS_COLUMNS: dict[str, str] = {
    "raw_address": "varchar",
    "address": "varchar",
    "readings_count": "integer",
}
# Each gives raw addresses and may repeat itself.
QUERIES: tuple[str, ...] = (
    """
    select unnest(list_transform(
        (
            select list(distinct split_part(identifier_type, '@', 1))
            from seeds.identifier_types where normalisation = 'email'
        ),
        lambda named: identifiers[named]
    )) from identity.source_records
    """,
    (
        "select contact_point from identity.written_contact_points"
        " where contact_point_type = 'email'"
    ),
)
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
# What sets an address off from others and from a name: `mailto:`, `Name <address>`, lists.
_BETWEEN = re.compile(r"[,;:<>()\[\]]")
_AROUND = " \t'`‘’“”/"

# Nearly all texts are plain addresses but for letter case, and need no look at each.
_IS_PLAIN = (
    r"regexp_full_match(raw_address, '[A-Za-z0-9._+-]{1,64}@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+')"
)
ODD = f"select raw_address from step_addresses where not {_IS_PLAIN}"
ADDRESSES = f"""
select raw_address, lower(raw_address) as address, 1::integer as readings_count
from step_addresses
where {_IS_PLAIN}
union all
select raw_address, address, readings_count from step_readings
order by raw_address, address
"""


@dataclass(frozen=True)
class AddressesReport:
    """Distinct texts: how many there are, how many are one address."""

    addresses_count: int
    valid_count: int
    rejected_count: int

    def as_dict(self) -> dict[str, Any]:
        """For the night's report: JSON types only."""
        return asdict(self)


def addresses_in(text: str) -> list[str]:
    """The addresses that a text may mean, in their plain form, sorted; none when there is none.

    Plain is: without invisible characters and spaces, one form of each letter (NFKC), lower case,
    the domain as the name system has it (xn--…) and without its final dot. Dots and plus-tags of
    the mailbox stay: they are different mailboxes at most providers.
    """
    plain = plain_text(text).lower().replace('"', "")
    if "@" not in plain:
        plain = unquote(plain)  # as in mailto:anna%40example.com
    return sorted({address for part in _BETWEEN.split(plain) for address in _readings(part)})


def _readings(part: str) -> Iterator[str]:
    """A part is one address, whatever spaces are in it; with ordinary spaces its words may be
    some, too."""
    words = part.split()
    joined = _address("".join(words))
    if joined:
        yield joined
    if not joined or " " in part.strip():
        yield from filter(None, map(_address, words))


def _address(word: str) -> str | None:
    mailbox, at, domain = word.strip(_AROUND).partition("@")
    domain = domain.partition("?")[0]  # ?subject=… of a mailto
    address = ascii_domain(f"{mailbox}{at}{domain}").removesuffix(".")
    return address if _ADDRESS.fullmatch(address) else None


def run_addresses(
    con_read: duckdb.DuckDBPyConnection, out_folder: Path, *, queries: Sequence[str] = QUERIES
) -> AddressesReport:
    """Write `addresses.parquet` (`ADDRESS_COLUMNS`) to `out_folder`: one row per distinct text
    that `queries` give and address that it may mean, one without an address where it means none.

    Needs the right to make temporary tables, nothing else.
    """
    texts = " union all ".join(f"select * from ({q}) as texts(raw_address)" for q in queries)
    try:
        con_read.execute(
            "create or replace temp table step_addresses as"
            f" select distinct raw_address from ({texts}) where raw_address is not null"
        )
        odd = con_read.execute(ODD).fetchall()
        con_read.register("step_readings", _table([raw for (raw,) in odd]))
        write_parquet(con_read, ADDRESSES, out_folder / ADDRESSES_FILE)
        count, valid = con_read.execute(
            "select count(distinct raw_address), count(*) filter (where readings_count = 1)"
            f" from ({ADDRESSES})"
        ).fetchall()[0]
    finally:
        con_read.unregister("step_readings")
        con_read.execute("drop table if exists temp.step_addresses")
    return AddressesReport(count, valid, count - valid)


def _table(texts: Sequence[str]) -> pa.Table:
    rows: list[tuple[str, str | None, int]] = []
    for text in texts:
        found = addresses_in(text)
        rows += [(text, address, len(found)) for address in found] or [(text, None, 0)]
    types = (pa.string(), pa.string(), pa.int32())
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], kind)
            for place, (name, kind) in enumerate(zip(ADDRESS_COLUMNS, types, strict=True))
        }
    )

"""The manifest beside an extract (`<file>.manifest.json`): what its sender vouches for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ingestion.contracts.columns import MAX_PRECISION
from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractError
from ingestion.landing.scan import MANIFEST, Extract
from ingestion.storage.protocol import Storage

MAX_BYTES = 16 << 20
_KEYS = {"sha256", "rows", "control_totals"}


@dataclass(frozen=True)
class Manifest:
    """`sha256` of the extract as delivered, its number of rows, sums of some of its columns;
    each may be left out."""

    digest: str
    sha256: str | None = None
    rows: int | None = None
    control_totals: Mapping[str, Decimal] = field(default_factory=dict)

    def check_content(self, sha256: str) -> None:
        """Errors: `ExtractError` when the content is not the one that was vouched for."""
        if self.sha256 is not None and self.sha256.lower() != sha256:
            raise ExtractError(
                "is not the file its manifest vouches for (sha256 differs):"
                " damaged on the way or changed; deliver both again"
            )

    def check_rows(self, rows: int) -> None:
        """Errors: `ExtractError` when rows are missing or too many."""
        if self.rows is not None and self.rows != rows:
            raise ExtractError(
                f"has {rows} rows, its manifest says {self.rows}:"
                " rows were lost or added on the way; deliver both again"
            )

    def check_totals(self, totals: Mapping[str, Decimal | None]) -> None:
        """Errors: `ExtractError` when a column does not sum to what was vouched for."""
        for column, total in self.control_totals.items():
            found = totals.get(column) or Decimal(0)
            if found != total:
                raise ExtractError(
                    f"{column} sums to {found}, its manifest says {total}; deliver both again"
                )


def manifest_digest(landing: Storage, extract: Extract) -> str | None:
    """sha256 of the manifest of an extract (of its beginning where it is too large for one),
    None when there is none.

    Errors: `OSError` when it cannot be read.
    """
    if extract.manifest is None:
        return None
    file = landing.bring(extract.path + MANIFEST)
    return hashlib.sha256(_content(file)).hexdigest() if file.is_file() else None


def _content(file: Path) -> bytes:
    """A manifest, or one byte more than a manifest may have."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def read_manifest(path: Path | None, table: TableContract) -> Manifest | None:
    """The manifest at `path`; None when there is none.

    A control total may name the number columns of `table`.
    Errors: `ExtractError` for a manifest that cannot be understood: it is not passed over.
    """
    if path is None or not path.is_file():
        return None
    content = _content(path)
    if len(content) > MAX_BYTES:
        raise ExtractError(
            f"its manifest is larger than {MAX_BYTES >> 20} MiB: it is none; deliver it again"
        )
    try:
        document: Any = json.loads(content, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ExtractError("its manifest is not JSON; deliver it again") from None
    if not isinstance(document, dict) or set(document) - _KEYS:
        raise ExtractError(f"its manifest must hold {', '.join(sorted(_KEYS))} and nothing else")
    rows, sha256, totals = (
        document.get("rows"),
        document.get("sha256"),
        document.get("control_totals", {}),
    )
    if (
        isinstance(rows, bool)
        or not isinstance(rows, int | None)
        or not isinstance(sha256, str | None)
        or not isinstance(totals, dict)
    ):
        raise ExtractError(
            "its manifest: rows must be a whole number, sha256 a text, control_totals a mapping"
        )
    summed: dict[str, Decimal] = {}
    numbers = [
        column.name for column in table.columns if column.type.kind in ("decimal", "integer")
    ]
    for column, total in totals.items():
        if column not in numbers:
            raise ExtractError(
                f"its manifest has a control total of {column},"
                " which is no number column of the table"
            )
        try:
            summed[column] = Decimal(str(total))
        except InvalidOperation:
            summed[column] = Decimal("NaN")
        if not summed[column].is_finite() or summed[column].adjusted() > MAX_PRECISION:
            raise ExtractError(
                "its manifest:"
                f" the control total of {column} is not a number of at most {MAX_PRECISION} digits"
            )
    return Manifest(hashlib.sha256(content).hexdigest(), sha256, rows, summed)


def _no_number(word: str) -> None:
    raise ValueError(word)

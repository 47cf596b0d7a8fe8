"""The pulls of a night, one after the other.

One that fails says why and stops nobody: its source keeps what it had.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

import simplejson

from ingestion.contracts.contract import SourceContract, TableContract
from ingestion.killpoint import killpoint
from ingestion.ledger import Store
from ingestion.pull.cursor import Cursor, Known, Progress, known_of, remember
from ingestion.pull.declared import HttpPull, PostgresPull, PullError, file_name, table_of
from ingestion.pull.extract import PulledExtract, sweep
from ingestion.readers.lines import MAX_LINE_BYTES
from ingestion.storage.protocol import Storage

Secret = Callable[[str], str]
DOUBLE_DIGITS = 15  # what every reader of JSON keeps of a number


@dataclass(frozen=True)
class PullOutcome:
    """What became of one pull: `pulled` (with the extract's path), `nothing new`,
    or `failed` with the remedy."""

    pull: str
    status: str
    path: str | None = None
    rows: int = 0
    fetched: int = 0
    requests: int = 0
    message: str = ""


class Rows(Protocol):
    """Where rows come from."""

    requests: int

    def since(self, start: Cursor | None) -> Generator[dict[str, Any], None, None]: ...

    def close(self) -> None: ...


def pull_all(
    pulls: Mapping[str, HttpPull | PostgresPull],
    landing: Storage,
    store: Store,
    contracts: Mapping[str, SourceContract],
    secret: Secret,
    *,
    day: date,
    run_id: str,
) -> list[PullOutcome]:
    """Pull what is new of every declared table into the landing zone,
    as extracts of the business date `day`.

    `secret` gives the value of an environment variable, and raises `PullError` when there is none.
    """
    return [
        _pull(name, pull, table_of(name, contracts), landing, store, secret, day, run_id)
        for name, pull in pulls.items()
    ]


def _pull(
    name: str,
    pull: HttpPull | PostgresPull,
    table: TableContract | None,
    landing: Storage,
    store: Store,
    secret: Secret,
    day: date,
    run_id: str,
) -> PullOutcome:
    source: Rows | None = None
    try:
        assert table is not None, "the settings were checked against the contracts"
        sweep(landing, table)
        source = _rows_of(pull, secret(pull.secret))
        path = file_name(table, day, run_id)
        known = known_of(store, name, pull)
        fetched, rows, found = _write(source, pull, known, landing, path)
        if found is not None:
            killpoint("pull.before_state")
            remember(store, name, pull, found, run_id)
            killpoint("pull.after_state")
        is_written = bool(rows) or not pull.cursor
        return PullOutcome(
            name,
            "pulled" if is_written else "nothing new",
            path if is_written else None,
            rows,
            fetched,
            source.requests,
        )
    except PullError as error:
        message = str(error)
    except OSError as error:
        message = (
            f"the landing zone cannot be written ({error.strerror});"
            " check the disk and its permissions"
        )
    except (
        Exception
    ) as error:  # whatever a library raises may quote a value, and must not stop the other sources
        message = f"{type(error).__name__} while pulling; nothing was written"
    finally:
        if source:
            source.close()
    return PullOutcome(name, "failed", requests=source.requests if source else 0, message=message)


def _rows_of(pull: HttpPull | PostgresPull, secret: str) -> Rows:
    """dlt is imported by a night that pulls, and by no other."""
    if isinstance(pull, HttpPull):
        from ingestion.pull.http import HttpRows

        return HttpRows(pull, secret)
    from ingestion.pull.postgres import PostgresRows

    return PostgresRows(pull, secret)


def _as_written(value: object) -> object:
    """A decimal keeps its digits: in quotes where a reader that makes doubles of
    numbers would lose some."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError
    return (
        str(value)
        if len(value.as_tuple().digits) > DOUBLE_DIGITS
        else simplejson.RawJSON(str(value))
    )


_LINES = simplejson.JSONEncoder(
    use_decimal=False,
    default=_as_written,
    ensure_ascii=False,
    allow_nan=False,
    separators=(",", ":"),
)


def _check(line: bytes) -> None:
    """What would cost the whole extract is not written: it would be asked for only once. A row
    with a fault of its own is: the loader puts it into quarantine, with its reason."""
    if len(line) >= MAX_LINE_BYTES:
        raise PullError(
            f"a row is longer than {MAX_LINE_BYTES >> 20} MiB;"
            " pull from a view, or a path, with less"
        )


def _write(
    source: Rows, pull: HttpPull | PostgresPull, known: Known, landing: Storage, path: str
) -> tuple[int, int, Known | None]:
    """Rows fetched, rows written, and what is known afterwards (None for a table
    that is pulled whole)."""
    progress = (
        Progress(known, pull.cursor, pull.overlap, datetime.now(UTC)) if pull.cursor else None
    )
    fetched = 0
    with (
        PulledExtract(landing, path) as extract,
        closing(source.since(known.start(pull.overlap))) as found,
    ):
        for row in found:
            fetched += 1
            try:
                line = _LINES.encode(row).encode()
            except (TypeError, ValueError):
                raise PullError(
                    "a row holds a value that JSON cannot (not a number,"
                    " or text that is no Unicode)"
                ) from None
            except RecursionError:
                raise PullError(
                    "a row is nested too deep to be written; pull a view, or a path, without it"
                ) from None
            _check(line)
            if progress is None or progress.is_new(row.get(progress.field_name), line):
                extract.write(line)
        if extract.rows or progress is None:
            extract.publish()
        return fetched, extract.rows, progress.result() if progress else None

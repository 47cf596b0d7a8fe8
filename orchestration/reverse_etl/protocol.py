"""What the engine and a destination say to each other: rows, outcomes, refusals.

A destination transports; it decides nothing. Adding a destination is one file in `destinations/`
that answers this protocol. What a destination says about a row or a request must never hold
personal data: codes, categories and constraint names, never values or the other side's prose.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, cast

from orchestration.reverse_etl.clock import SYSTEM_CLOCK, Clock
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal

UPSERT = "upsert"
Resend = Literal["same_key", "look_up", "never"]


class Column(NamedTuple):
    """A payload column of a sync model; `type` is DuckDB's name."""

    name: str
    type: str


class Row(NamedTuple):
    """One row to send. `payload` is a JSON object of the payload columns; null for removals."""

    key: str
    action: str
    version: int
    idempotency_key: str
    payload: str | None
    payload_hash: str | None
    remote_id: str | None
    contact_hash: str | None
    key_hash: str
    reason: str | None
    is_new: bool
    is_retry: bool


class Batch(NamedTuple):
    """Rows of one action for one object, at most `batch_rows` of them, no key twice."""

    object: str
    action: str
    mode: Mode
    key: Column
    columns: tuple[Column, ...]
    contact_point: str | None
    rows: Sequence[Row]


class Outcome(NamedTuple):
    """What became of one row.

    `unsent` is certain to have had no effect; `unknown` may have had one.
    """

    status: Literal["acknowledged", "rejected", "unknown", "unsent"]
    reason: str | None = None
    remote_id: str | None = None


Settled = tuple[Row, Outcome]


class DestinationError(Exception):
    """Base of what a destination may raise; messages carry no personal data and no secret."""


class Refused(DestinationError):
    """The whole request was refused because of what it holds (400, 413, 422);
    nothing of it was applied. The engine halves it."""


class NoAnswer(DestinationError):
    """The request may have been applied: timeout, reset, 5xx, after every retry that is safe."""


class Stopped(DestinationError):
    """Nothing of the request was applied, and no other would fare better
    (401, 403, 404, unreachable, limits). Ends the sync."""


@dataclass(frozen=True)
class DestinationConfig:
    """What the settings say about one destination.

    `secret` is called when the destination is opened, never earlier. `insecure`: the way there
    may be one on which everything can be read; http:// in `base_url` and in options is checked
    before a destination is built.
    """

    name: str
    secret: Callable[[], str]
    base_url: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    limits_folder: Path | None = None
    clock: Clock = SYSTEM_CLOCK
    insecure: bool = False


class Destination(Protocol):
    """A place that rows are sent to."""

    name: str
    batch_rows: int
    # what to do about rows without an answer: send again under the same key, ask (see
    # `LooksUp`), or never
    resend: Resend
    modes: frozenset[Mode]
    removals: tuple[Removal, ...]  # supported ways to take something back, mildest first
    null_policy: NullPolicy  # for columns that the sync does not name

    @property
    def requests(self) -> int:
        """Requests that were sent since `open`."""
        ...

    def encode(self, column: Column, value: str) -> str:
        """A DuckDB expression for the JSON value that this destination wants in place of the SQL
        expression `value`."""
        ...

    def open(self) -> None:
        """Resolve the secret and make ready to send, without a request. Errors: `Stopped`."""
        ...

    def send(self, batch: Batch) -> list[Outcome]:
        """One outcome per row, in order. Errors: `Refused`, `NoAnswer`, `Stopped`."""
        ...

    def close(self) -> None:
        """Give back connections; harmless when never opened."""
        ...


class LooksUp(Destination, Protocol):
    """A destination that can be asked whether a row without an answer went out."""

    def look_up(self, batch: Batch) -> list[Outcome]:
        """One outcome per row, in order: `acknowledged` it is there, `unsent` it certainly is not,
        `unknown` nobody can say."""
        ...


def looked_up(destination: Destination, batch: Batch) -> list[Outcome]:
    """What a destination with `resend = "look_up"` says about rows. Errors: as `send`."""
    return cast(LooksUp, destination).look_up(batch)


def resolve_secret(config: DestinationConfig) -> str:
    """The destination's secret, without the line end that a file may add.

    Errors: `Stopped`: with the settings' own words, which name the destination and the remedy;
    or when the secret could not stand in a header (libraries below would repeat it
    in their debug log).
    """
    try:
        secret = config.secret().strip()
    except Exception as error:
        raise Stopped(str(error)) from None
    if not secret or not secret.isascii() or not secret.isprintable():
        raise Stopped(
            f"destination {config.name}:"
            " its secret is empty or holds line breaks or special characters; set it again"
        )
    return secret

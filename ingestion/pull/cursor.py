"""What has been pulled already: the cursor of a table and the rows beside it,
kept in the control store.

It lives there, not in dlt's own state folder, because it may move only after the file is durable in
the landing zone (dlt moves its state when it has extracted), because it must outlive rebuilds, and
because it is backed up with the ledger that it belongs to.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingestion.ledger import Store
from ingestion.pull.declared import HttpPull, PostgresPull, PullError

Cursor = datetime | int
# more rows beside the cursor are pulled again: staging tells them from new ones by key and version
MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Known:
    """`cursor` is the highest value pulled;
    `seen` are digests of the rows from `overlap` below it upwards."""

    cursor: Cursor | None = None
    seen: frozenset[str] = frozenset()

    def start(self, overlap: int) -> Cursor | None:
        """Where the next pull begins (inclusive):
        rows that were committed late lie a little below the cursor."""
        return None if self.cursor is None else _below(self.cursor, overlap)


@dataclass
class Progress:
    """What one pull finds: which rows are new, and where the cursor may go.

    The cursor never passes `began`: a row dated into the future, or changed while the pull ran,
    must not hide others.
    """

    known: Known
    field_name: str
    overlap: int
    began: datetime
    cursor: Cursor | None = None
    _beside: list[tuple[Cursor, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cursor = self.known.cursor

    def is_new(self, value: object, line: bytes) -> bool:
        """Whether a row was not pulled before.

        Errors: `PullError` when its cursor value cannot be used.
        """
        cursor = read_cursor(self.field_name, value)
        if self.cursor is not None and type(self.cursor) is not type(cursor):
            raise PullError(
                f"{self.field_name} is a number in some rows and a time in others;"
                " name another cursor"
            )
        digest = hashlib.sha256(line).hexdigest()[:32]
        is_newer = self.cursor is None or cursor > self.cursor  # type: ignore[operator]
        is_ahead = isinstance(cursor, datetime) and cursor > self.began
        if is_newer and not is_ahead:
            self.cursor = cursor
        self._beside.append((cursor, digest))
        if len(self._beside) > 2 * MOST_REMEMBERED:
            self._beside = self._near()
        return digest not in self.known.seen

    def _near(self) -> list[tuple[Cursor, str]]:
        if self.cursor is None:
            return self._beside[:MOST_REMEMBERED]
        lowest = _below(self.cursor, self.overlap)
        near = [(cursor, digest) for cursor, digest in self._beside if cursor >= lowest]  # type: ignore[operator]
        return near if len(near) <= MOST_REMEMBERED else []

    def result(self) -> Known:
        return Known(self.cursor, frozenset(digest for _, digest in self._near()))


def _below(cursor: Cursor, overlap: int) -> Cursor:
    return cursor - timedelta(minutes=overlap) if isinstance(cursor, datetime) else cursor - overlap


def read_cursor(field_name: str, value: object) -> Cursor:
    """A row's cursor value as something that can be compared:
    as text, two offsets of one moment differ.

    Errors: `PullError` that names the field and the remedy.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if value is None:
        raise PullError(
            f"a row has no {field_name}: it would never be pulled again;"
            " name a cursor that every row has"
        )
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise PullError(
            f"{field_name} is neither a whole number nor a time with a time zone;"
            " name another cursor, or a view that has one"
        )
    return moment.astimezone(UTC)


def known_of(store: Store, name: str, pull: HttpPull | PostgresPull) -> Known:
    """What is known of a pull; nothing when it was declared anew."""
    rows = store.query(
        "select cursor, seen from pull_states where pull = ? and declared = ?",
        [name, pull.fingerprint],
    )
    if not rows or rows[0]["cursor"] is None:
        return Known()
    text = rows[0]["cursor"]
    cursor: Cursor = int(text) if text.lstrip("-").isdigit() else datetime.fromisoformat(text)
    return Known(cursor, frozenset(json.loads(rows[0]["seen"])))


def remember(
    store: Store, name: str, pull: HttpPull | PostgresPull, known: Known, run_id: str
) -> None:
    """Move the cursor. Only to be called when the file is durable in the landing zone."""
    cursor = known.cursor.isoformat() if isinstance(known.cursor, datetime) else known.cursor
    with store.transaction() as db:
        db.execute(
            "insert or replace into pull_states (pull, declared, cursor, seen, run_id)"
            " values (?, ?, ?, ?, ?)",
            [
                name,
                pull.fingerprint,
                None if cursor is None else str(cursor),
                json.dumps(sorted(known.seen)),
                run_id,
            ],
        )

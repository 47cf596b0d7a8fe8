"""What people did by hand that nobody should have to guess later.

Only this module writes `audit`; it holds no personal data.
"""

import getpass
import sqlite3

from ingestion.times import utc_now
from orchestration.control.store import ControlStore


def write_audit(store: ControlStore, action: str, subject: str, detail: str) -> None:
    """One line, under the name of whoever runs the command."""
    with store.transaction() as db:
        by_hand(db, action, subject, detail)


def by_hand(db: sqlite3.Connection, action: str, subject: str, detail: str) -> None:
    """The same inside a transaction that does what it tells of."""
    audit_in(db, action, subject, detail, actor=getpass.getuser(), at=utc_now())


def audit_in(
    db: sqlite3.Connection, action: str, subject: str, detail: str, *, actor: str, at: str
) -> None:
    """The same under another name, or of another moment."""
    db.execute(
        "insert into audit (at, actor, action, subject, detail) values (?, ?, ?, ?, ?)",
        [at, actor, action, subject, detail],
    )

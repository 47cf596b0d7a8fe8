"""Part of topic `closed`: whether SQL alone gets out of `clientele sql`."""

import tempfile
from pathlib import Path
from typing import Any

from closed_sql_attempts import ATTEMPTS, FOUND
from closed_sql_home import AFTERWARDS, make_home, session, what_got_out
from commands import figure


def measure(size: str = "full") -> list[dict[str, Any]]:
    """Attempts that read, wrote, changed or called what is closed; `tiny` makes the first few."""
    attempts = FOUND if size == "tiny" else ATTEMPTS
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = make_home(Path(folder))
        idle = session([AFTERWARDS], home)
        escaped = [name for name, said in attempts.items() if what_got_out(said, home, idle)]
    statements = sum(map(len, attempts.values()))
    note = f"of {len(attempts)} attempts, {statements} statements"
    if escaped:
        note += f": {', '.join(escaped)}"
    return [figure("sql_escapes", len(escaped), "attempts", "= 0", note)]

"""Topic `closed`: who may read what, what happens without the key or without the lease, whether rot
is seen, what hostile files cost, and what leaves the house.

Each part is a module `closed_<part>.py` with its own homes.
"""

from typing import Any

import closed_files
import closed_hostile
import closed_lease
import closed_out
import closed_rot
import closed_sql

PARTS = (closed_files, closed_lease, closed_rot, closed_hostile, closed_sql, closed_out)


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic, part by part; `tiny` tries less of each."""
    return [figure for part in PARTS for figure in part.measure(size)]

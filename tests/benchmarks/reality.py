"""Topic `reality`: what real shops deliver and samples do not. Odd rows, whole deliveries that are
wrong, and inputs written in other ways.

Each part is a module `reality_<part>.py` with its own homes.
"""

from typing import Any

import reality_catastrophes
import reality_odd_rows

PARTS = (reality_odd_rows, reality_catastrophes)


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic, part by part; `tiny` tries less of each."""
    return [figure for part in PARTS for figure in part.measure(size)]

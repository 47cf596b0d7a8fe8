"""Topic `reality`: what real shops deliver and samples do not. Values that could be read as others,
odd rows, whole deliveries that are wrong, and extracts as other shops' systems write them.

Each part is a module `reality_<part>.py` with its own homes.
"""

from typing import Any

import reality_catastrophes
import reality_inputs
import reality_odd_rows
import reality_silent

PARTS = (reality_silent, reality_odd_rows, reality_catastrophes, reality_inputs)


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic, part by part; `tiny` tries less of each."""
    return [figure for part in PARTS for figure in part.measure(size)]

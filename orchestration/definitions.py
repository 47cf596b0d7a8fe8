"""The code location that Dagster's own tools load: `dagster dev -m orchestration.definitions`.

What it is made of stands in `orchestration/defs/`; the command line builds its own.
"""

from orchestration.defs.location import build_definitions

defs = build_definitions()

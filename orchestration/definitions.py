"""The code location that Dagster's own tools load: `dagster dev -m orchestration.definitions`.

What it is made of stands in `orchestration/defs/`; the command line builds its own.
"""

from orchestration.defs.location import build_definitions
from orchestration.home import keep_files_private

keep_files_private()
defs = build_definitions()

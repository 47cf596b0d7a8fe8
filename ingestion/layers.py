"""The path of the data, one word per step, written once.

The same word is the dbt model folder, the warehouse schema, the Dagster asset prefix and group,
the file in `orchestration/defs/`, the folder in `expectations/` and the folder in `tests/`.
"""

RAW = "raw"
# Built by dbt into a generation, in this order.
LAYERS = ("staging", "identity", "core", "marts", "segments", "sync")
PATH = (RAW, *LAYERS)

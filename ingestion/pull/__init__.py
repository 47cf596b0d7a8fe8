"""Pulls: extracts fetched from an API or a database into the landing zone.

From there on nothing knows the difference. `declared.py` says what a pull is, `http.py` and
`postgres.py` fetch rows (through dlt), `cursor.py` knows what is new, `extract.py` writes the file,
`run.py` puts them together and never raises for a source that is down.
"""

import os

# dlt reports to its makers and logs addresses unless it is told not to, before it is imported.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"

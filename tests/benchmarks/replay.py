"""Topic `replay`: nights that send kept statements again, held against the same nights by dbt.

Two homes get the same extracts, night after night; one has `replay: on`. Its nights are killed
while they send, then run again. Then come nights whose data fail a dbt test in one layer each, a
test that had passed when the layer's statements were kept.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from replay_nights import CUSTOMERS, Bench
from replay_seen import OF_THE_LOAD, differences

from ingestion.layers import LAYERS
from orchestration.warehouse.dbt_runner import parts_of

NIGHTS = 7
# The n-th statement that a killed night has sent: in staging, identity, core and marts.
KILLS = (40, 110, 190, 260, 330)
PARTS = [part.name for layer in LAYERS for part in parts_of(layer)]


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic; `tiny` has three nights, one kill and one refusal."""
    tiny = size == "tiny"
    nights, kills = (3, KILLS[:1]) if tiny else (NIGHTS, KILLS)
    refused = LAYERS[:1] if tiny else LAYERS
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        bench = Bench(Path(folder), nights + len(refused) + 1)
        moved, spent, killed = [], [], 0
        for number in range(nights):
            by_dbt = bench.night("off", number)
            is_killed = 1 <= number <= len(kills) and bench.kill("on", number, kills[number - 1])
            killed += is_killed
            again = bench.night("on", number)
            # The night that was killed had loaded the files, and told of them.
            told = OF_THE_LOAD if is_killed else set()
            moved += differences(by_dbt, again, f"night {number}", told)
            if number and set(again.parts.values()) != {"sent again"}:
                moved.append(f"night {number}: {again.parts}")
            if number:
                spent.append(again.cpu_s / by_dbt.cpu_s)
        wrong = []
        for number, layer in enumerate(refused, nights):
            bench.deliver(number, f"Break {layer}")
            by_dbt, again = bench.night("off", number), bench.night("on", number)
            wrong += differences(by_dbt, again, f"refused in {layer}")
            if by_dbt.code != 2:
                wrong.append(f"refused in {layer}: dbt's night ended with {by_dbt.code}")
        bench.deliver(nights + len(refused), "Nobody Wrong")
        bench.edit("core", "tickets")
        edited = bench.night("on", nights + len(refused))
        rebuilt = sorted(part for part in PARTS if edited.parts.get(part) != "sent again")
        for line in moved + wrong:
            print(line, file=sys.stderr)
    return [
        _figure(
            "replay_differences",
            len(moved),
            "differences",
            "= 0",
            f"{nights} nights of different days, {CUSTOMERS} customers, the others of them killed"
            " before: exit code, report, table hashes, columns, comments, constraints, Dagster's"
            " events with checks, severities, blocking and labels",
        ),
        _figure(
            "parts_built_after_one_edit",
            len(rebuilt),
            f"of {len(PARTS)} parts",
            "<= 2",
            f"core/tickets.sql was edited; dbt built {', '.join(rebuilt) or 'nothing'}",
        ),
        _figure("replay_kills", killed, "nights", f">= {len(kills)}", "killed while they sent"),
        _figure(
            "refusals_that_differ",
            len(wrong),
            "differences",
            "= 0",
            f"{len(refused)} whole nights, refused by a dbt test in {', '.join(refused)}",
        ),
        _figure(
            "replay_night_ratio",
            round(statistics.median(spent), 2),
            "",
            "",
            "CPU of a night that sends again to the same night by dbt, median",
        ),
    ]


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}

"""Part of topic `delivery`: the kills, in shards that are processes of their own,
and the wrong designs that they must find out."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from delivery_kills import NIGHTS, STEPS
from delivery_mutants import MUTANTS
from delivery_receivers import EVENTS, KEYS, MESSAGES, STATE, Kind

SCRIPT = Path(__file__).with_name("delivery_kills.py")


def measure_kills(size: str = "full") -> list[dict[str, Any]]:
    """Figures of the kills, and `mutants_caught`."""
    kills = {KEYS: 1650, STATE: 650, EVENTS: 450, MESSAGES: 450} if size == "full" else {KEYS: 2}
    shards = [(seed, wanted // 2, kind) for kind, wanted in kills.items() for seed in (1, 2)]
    mutants = list(MUTANTS) if size == "full" else []
    found = sum(_in_pairs(shards), Counter())
    caught = sum(map(is_caught, mutants))
    moments = f"SIGKILL at each of {len(STEPS)} durable steps and at random moments"
    note = f"{moments}, {found['trials']} trials of {NIGHTS} nights and a destination that fails"
    explained = "beyond one batch a disturbance, where nothing recognises a repeat, or lost there"
    events = found["doubled_beyond_a_batch"] + found["events_lost"]
    messages = found["messages_doubled"] + found["messages_lost"]
    return [
        _figure("kills", found["kills"], "kills", ">= 3000" if size == "full" else "", note),
        _figure("lost", found["lost"], "rows", "= 0", "missing at a destination that honours keys"),
        _figure(
            "doubled",
            found["doubled"],
            "rows",
            "= 0",
            "applied twice at a destination that honours keys",
        ),
        _figure(
            "stale",
            found["stale"],
            "rows",
            "= 0",
            "an earlier value, or somebody who left, at a destination that honours keys",
        ),
        _figure(
            "final_state_differences",
            found["final_state_differences"],
            "rows",
            "= 0",
            "where an upsert sets a state, without keys",
        ),
        _figure("events_beyond_a_batch", events, "rows", "= 0", explained),
        _figure(
            "messages_wrong", messages, "messages", "= 0", "sent twice, or neither sent nor unknown"
        ),
        _figure(
            "unknown_beyond_one",
            found["unknown_beyond_one"],
            "messages",
            "= 0",
            "unknown beyond one a disturbance",
        ),
        _figure(
            "unaccounted",
            found["unreconciled"] + found["restless"],
            "rows",
            "= 0",
            "counts that the state contradicts",
        ),
        _figure(
            "mutants_caught",
            caught,
            "designs",
            f"= {len(mutants)}",
            "that lose or double rows, found out by the same trials",
        ),
    ]


def run_shard(
    seed: int, kills: int, kind: Kind, mutant: str | None = None
) -> subprocess.Popen[str]:
    """A shard in a process of its own; it says its counts in one line."""
    command = [
        sys.executable,
        str(SCRIPT),
        str(seed),
        str(kills),
        kind.name,
        *([mutant] if mutant else []),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def counts(process: subprocess.Popen[str]) -> Counter[str]:
    """What a shard found."""
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(map(str, process.args[1:]))} ended with {process.returncode}"
        )
    return Counter(json.loads(said))


def _in_pairs(shards: list[tuple[int, int, Kind]]) -> list[Counter[str]]:
    """Two at a time."""
    found = []
    for first in range(0, len(shards), 2):
        running = [run_shard(*arguments) for arguments in shards[first : first + 2]]
        found += [counts(process) for process in running]
        print(
            f"  kills, {shards[first][2].name}: {dict(sum(found[-2:], Counter()))}",
            file=sys.stderr,
            flush=True,
        )
    return found


def is_caught(mutant: str) -> bool:
    """Whether the trials find a wrong design out: by what is there in the end,
    or by counts that the state contradicts."""
    found = counts(run_shard(1, 8, KEYS, mutant))
    return found.total() > found["kills"] + found["trials"]


def _figure(name: str, value: Any, unit: str, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}

"""Part of topic `delivery`: deliveries killed for real, at every durable step and at random,
against destinations that fail.

A trial is a home, a destination and some nights. Each night is delivered in processes that are
forked ready-made and killed; whether or not it came to its end, the next night follows. At last
the destination is well, nobody is killed, and it must hold what the last night says. Each shard,
`delivery_kills.py <seed> <kills> <kind> [<wrong design>]`, is a process of its own without threads.
"""

import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import duckdb
import pandas  # noqa: F401  DuckDB would import it in every forked process that binds a parameter
from delivery_mutants import mutate
from delivery_nights import KEY, nights
from delivery_processes import Hurried, control, disturb, forked, sandbox
from delivery_receivers import (
    EVENTS,
    KEYS,
    MESSAGES,
    STATE,
    Effects,
    Journal,
    Kind,
    doubled,
    noting,
)

from orchestration.control.store import ControlStore
from orchestration.reverse_etl import holds
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.spec import SyncSpec, Thresholds

STEPS = {  # durable steps, and how often a delivery of these nights may reach each
    "delivery.after_withhold": 1,
    "delivery.after_drain": 1,
    "delivery.after_hold": 1,
    "delivery.after_queue": 6,
    "delivery.after_answer": 6,
    "delivery.after_settle": 3,
    "delivery.after_mapping": 1,
    "delivery.after_debts": 1,
    "delivery.before_record": 1,
    "delivery.after_record": 1,
}
KINDS = {kind.name: kind for kind in (KEYS, STATE, EVENTS, MESSAGES)}
NIGHTS, KILLS_A_NIGHT, LAST_RUNS = 5, 4, 12
STRICT = Thresholds(removals_share=0.1, removals_floor=4, changes_share=0.4, changes_floor=10)


class Trial:
    """One home and one destination. `found` counts what must not be, and the kills."""

    def __init__(self, home: Path, kind: Kind, seed: int, mutant: str | None) -> None:
        self.home, self.kind, self.mutant = home, kind, mutant
        self.chance = random.Random(seed)
        self.found: Counter[str] = Counter()
        self.runs, self.typical_s, self.is_at_rest = 0, 0.05, False
        self.nights = nights(self.chance, NIGHTS)
        self.spec = SyncSpec(
            "the_sync", "hubspot", "contacts", ("sync", "contacts"), "customer_id", kind.mode,
            kind.on_removal, purpose="marketing", channel="email", contact_point="email",
            thresholds=STRICT, give_up_after_runs=1000,
        )  # fmt: skip

    def run(self, url: str) -> None:
        """All nights, disturbed; then the last one, undisturbed."""
        forked(
            lambda: [
                night.write(self._generation(number)) for number, night in enumerate(self.nights)
            ]
        )
        for number in range(NIGHTS):
            for _ in range(self.chance.randint(1, KILLS_A_NIGHT)):
                if self.kind is KEYS:
                    disturb(url, self.chance, sorted(self.nights[number].people))
                killed = self._deliver(url, number, disturbed=True)
                self.found["kills"] += killed
                if not killed:
                    break
            if self.chance.random() < 0.7:
                forked(self._approve)
        if self.kind is KEYS:
            control(url, "faults", "DELETE")
        for _ in range(LAST_RUNS):
            self._deliver(url, NIGHTS - 1, disturbed=False)
            if self.is_at_rest:
                return
            forked(self._approve)
        self.found["restless"] += 1

    def _deliver(self, url: str, number: int, *, disturbed: bool) -> bool:
        """One delivery in a forked process; whether it was killed."""
        self.runs += 1
        places = [None, *STEPS]
        place = self.chance.choice(places) if disturbed else None
        at = f"{place}:{self.chance.randint(1, STEPS[place])}" if place else ""
        run_id, chance = f"run-{self.runs:03}", random.Random(self.chance.random())
        kill_after = self.chance.uniform(0, self.typical_s) if disturbed and place is None else None
        began = time.monotonic()
        killed = forked(
            lambda: self._work(url, number, run_id, at, chance, 0.15 if disturbed else 0.0),
            kill_after,
        )
        if killed:
            return True
        self.typical_s = time.monotonic() - began
        result = json.loads((self.home / "result.json").read_text(encoding="utf-8"))
        self.found["unreconciled"] += result["unreconciled"]
        owed = (
            result["rejected"]
            + result["removals_rejected"]
            + (result["unknown"] if self.kind is not MESSAGES else 0)
        )
        self.is_at_rest = result["status"] == "done" and owed + result["requests"] == 0
        return False

    def _work(
        self, url: str, number: int, run_id: str, place: str, chance: random.Random, trouble: float
    ) -> None:
        """What the forked process does."""
        os.environ["CLIENTELE_KILLPOINT"] = place
        destination: Destination
        if self.kind is KEYS:
            destination = noting(mutate(self.mutant), self.home / "attempts")(
                DestinationConfig(
                    "hubspot",
                    lambda: "token",
                    f"{url}/hubspot",
                    {"rate_limit": "none"},
                    clock=Hurried(),
                )
            )
            destination.batch_rows = self.kind.batch_rows
        else:
            destination = Journal(self.kind, self.home / "journal", chance, trouble)
        # The signature of an extension takes longer to check than all else here.
        connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": "1"})
        connection.execute(f"attach '{self._generation(number)}' as clientele (read_only)")
        connection.execute(
            f"set search_path = 'clientele.main'; set variable customer_id_key = '{KEY}'"
        )
        store = ControlStore.open(self.home / "control" / "clientele.sqlite")
        as_of = datetime(2026, 7, 1 + number)
        result = deliver(
            self.spec,
            store=store,
            generation=connection,
            run_id=run_id,
            as_of=as_of,
            destination=destination,
            clock=Hurried(),
        )
        (self.home / "result.json").write_text(json.dumps(asdict(result)), encoding="utf-8")

    def _approve(self) -> None:
        store = ControlStore.open(self.home / "control" / "clientele.sqlite")
        for hold in holds.list_holds(store):
            holds.approve(store, hold["hold_id"], "the figures")

    def _generation(self, number: int) -> Path:
        return self.home / f"gen-{number}.duckdb"


def judge(trial: Trial, url: str) -> Counter[str]:
    """What the destination holds, against the last night."""
    wanted, found = trial.nights[-1].wanted(), trial.found
    if trial.kind is KEYS:
        report = json.load(control(url, "effects"))["hubspot"]
        there = {
            row["clientele_customer_id"]: (row.get("email"), row["firstname"])
            for row in report["contacts"].values()
        }
        found["lost"] += sum(key not in there for key in wanted)
        found["stale"] += sum(there.get(key, person) != person for key, person in wanted.items())
        found["stale"] += sum(bool(value) for key, (_, value) in there.items() if key not in wanted)
        found["doubled"] += doubled(report, trial.home / "attempts")
        return found
    effects = Effects(trial.home / "journal")
    disturbances = found["kills"] + effects.silences
    if trial.kind is STATE:
        found["final_state_differences"] += len(set(effects.state.items()) ^ set(wanted.items()))
    elif trial.kind is EVENTS:
        found["events_lost"] += sum(key not in effects.sends for key in wanted)
        found["doubled_beyond_a_batch"] += max(
            0, effects.repeats - disturbances * trial.kind.batch_rows
        )
    else:
        unknown = _unknown(trial)
        found["messages_lost"] += sum(
            key not in effects.sends and key not in unknown for key in wanted
        )
        found["messages_doubled"] += effects.repeats
        found["unknown_beyond_one"] += max(0, len(unknown) - disturbances)
    return found


def shard(seed: int, kills: int, kind: Kind, mutant: str | None) -> Counter[str]:
    """Trials until so many processes were killed."""
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="clientele-kills-") as folder:
        while total["kills"] < kills:
            trial = Trial(
                Path(folder) / f"{kind.name}-{seed}-{total['trials']}",
                kind,
                seed * 10_000 + total["trials"],
                mutant,
            )
            trial.home.mkdir()
            with sandbox() as url:
                trial.run(url)
                total += judge(trial, url)
            total["trials"] += 1
    return total


def _unknown(trial: Trial) -> set[str]:
    """Keys of messages that the control store calls unknown.

    SQLite's own library, in a process without threads.
    """
    with sqlite3.connect(trial.home / "control" / "clientele.sqlite") as store:
        return {
            key
            for (key,) in store.execute("select key from delivery_state where status = 'unknown'")
        }


if __name__ == "__main__":
    print(
        json.dumps(
            shard(
                int(sys.argv[1]),
                int(sys.argv[2]),
                KINDS[sys.argv[3]],
                sys.argv[4] if sys.argv[4:] else None,
            )
        )
    )

"""Part of topic `delivery`: accidents that must be held before the first byte,
clean nights that must not, and who is sent without a grant.

Deliveries run in this process, from tables in memory, to a destination that takes
everything and remembers it.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from delivery_nights import KEY, TABLES
from delivery_taker import Crash, Taker
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.control.store import ControlStore
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.spec import Mode, Removal, SyncSpec

PEOPLE = 8_000
# How a list is declared: mode, and what happens to who leaves it.
LISTS: list[tuple[Mode, Removal]] = [
    ("mirror", "delete"),
    ("upsert", "clear"),
    ("upsert", "ignore"),
    ("append", "ignore"),
]
NEW_KEYS = "another kind of key"
# What each accident makes of the members, a tenth of all people.
ACCIDENTS = {
    "empty source": "select * from members where false",
    "half of the source": "select * from members where number % 20 = 0",
    "a join that loses most rows": "select * from members where number % 90 = 0",
    "a join to somebody else's row": (
        "select * replace (lag(firstname, 7, '?') over (order by number) as firstname) from members"
    ),
    "a column that became empty": "select * replace ('' as firstname) from members",
    "a join that doubles every row": "select members.* from members cross join range(2)",
    NEW_KEYS: "select * replace ('x' || customer_id as customer_id) from members",
    "a flipped filter": "select * from people where number % 10 <> 0",
    "no filter at all": "select * from people",
}


class Shop:
    """Tables in memory, a control store, and a delivery a night."""

    def __init__(self, folder: Path, mode: Mode = "upsert", on_removal: Removal = "clear") -> None:
        self.connection = duckdb.connect(config={"threads": "1"})
        self.connection.execute(TABLES)
        self.connection.execute(f"set variable customer_id_key = '{KEY}'")
        self.store = ControlStore.open(folder / "control" / "clientele.sqlite")
        self.spec = SyncSpec(
            "a_list", "taker", "people", ("sync", "contacts"), "customer_id", mode, on_removal,
            purpose="marketing", channel="email", contact_point="email",
        )  # fmt: skip
        self.nights = 0

    def say(self, sql: str) -> None:
        self.connection.execute(sql)

    def deliver(self, taker: Taker) -> SyncResult:
        self.nights += 1
        as_of = datetime(2026, 7, 1) + timedelta(days=self.nights)
        run_id = f"night-{self.nights:03}"
        return deliver(
            self.spec,
            store=self.store,
            generation=self.connection,
            run_id=run_id,
            as_of=as_of,
            destination=taker,
        )


@contextmanager
def shop(mode: Mode = "upsert", on_removal: Removal = "clear") -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="clientele-accidents-") as folder:
        made = Shop(Path(folder), mode, on_removal)
        try:
            yield made
        finally:
            made.store.close()
            made.connection.close()


def rows_sent_by_accidents(
    lists: list[tuple[Mode, Removal]], accidents: dict[str, str]
) -> dict[str, int]:
    """Rows that left the house by each accident, over all kinds of list.

    An append list may lose what it has: that is no accident there.
    """
    sent = dict.fromkeys(accidents, 0)
    for mode, on_removal in lists:
        with shop(mode, on_removal) as made:
            made.say(
                "create view people as select i as number, 'c' || i as customer_id,"
                " 'p' || i || '@example.org' as email,"
                f" 'Name ' || i % 900 as firstname from range({PEOPLE}) as numbers (i)"
            )
            made.say("create view members as select * from people where number % 10 = 0")
            made.say(
                "insert into core.consents select email, 'email', 'marketing',"
                " 'granted' from people"
            )
            made.say("insert into sync.contacts select customer_id, email, firstname from members")
            if made.deliver(Taker()).added != PEOPLE // 10:
                raise RuntimeError("the list was not delivered")
            for name, query in accidents.items():
                if mode == "append" and name == NEW_KEYS:
                    continue  # an event under another key is another event
                made.say(
                    "create or replace table sync.contacts as select customer_id, email, firstname"
                    f" from ({query})"
                )
                taker = Taker()
                made.deliver(taker)
                sent[name] += taker.rows
    return sent


def false_holds(nights: int, members: int, chance: random.Random) -> int:
    """Held nights of a list that does what lists do: it grows, people leave,
    fields change, some withdraw."""
    held = 0
    with shop() as made:
        made.say(
            "create table people as select i, i % 5 as version, true as is_member"
            " from range(2_000_000) as numbers (i) where false"
        )
        made.say(f"insert into people select i, i % 5, true from range({members}) as numbers (i)")
        for night in range(nights):
            grows, leaves, changes = (
                chance.uniform(0, 0.05),
                chance.uniform(0, 0.04),
                chance.uniform(0.01, 0.25),
            )
            made.say(
                "update people set version = version + 1"
                f" where hash(i, {night}) % 10_000 < {changes * 10_000:.0f}"
            )
            made.say(
                "update people set is_member = not is_member"
                f" where hash(i, {night}, 'leaves') % 10_000 < {leaves * 10_000:.0f}"
            )
            new = f"range({int(members * grows)}) as r (step)"
            made.say(
                "insert into people select max(i) + 1 + step, 0, true"
                f" from people, {new} group by step"
            )
            made.say(
                "create or replace table sync.contacts as select 'c' || i as customer_id,"
                " 'p' || i || '@example.org' as email,"
                " 'Name ' || version as firstname from people where is_member"
            )
            withdrawn = f"if(hash(i, 'withdraws') % 1_000 < {night}, 'withdrawn', 'granted')"
            made.say(
                "create or replace table core.consents as"
                " select 'p' || i || '@example.org' as contact_point, 'email' as channel,"
                f" 'marketing' as purpose, {withdrawn} as state from people"
            )
            held += made.deliver(Taker()).status == "held"
    return held


POINTS = st.integers(0, 4)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["grant", "withdraw", "change", "leave", "exclude"]), POINTS, POINTS
        ),
        st.tuples(st.just("merge"), POINTS, POINTS),
        st.tuples(st.just("crash"), POINTS, st.booleans()),
    ),
    min_size=1,
    max_size=12,
)


def sent_without_grant(steps: list[tuple[str, int, Any]]) -> int:
    """Addresses that were sent while nobody had granted it,
    over steps each of which is followed by a delivery."""
    wrong = 0
    people = {f"c{i}": (f"p{i}@example.org", 0) for i in range(5)}
    states, excluded = {"p0@example.org": "granted", "p1@example.org": "granted"}, set[str]()
    with shop() as made:
        for kind, one, other in steps:
            customer, address, crash = f"c{one}", f"p{one}@example.org", None
            if kind in ("grant", "withdraw"):
                states[address] = {"grant": "granted", "withdraw": "withdrawn"}[kind]
            elif kind == "change" and customer in people:
                people[customer] = (people[customer][0], people[customer][1] + 1)
            elif kind == "merge" and customer in people and f"c{other}" in people and one != other:
                people[f"c{other}"] = (people.pop(customer)[0], people[f"c{other}"][1] + 1)
                made.say(f"insert into identity.identity_aliases values ('{customer}', 'c{other}')")
            elif kind == "leave":
                people.pop(customer, None)
            elif kind == "exclude":
                excluded ^= {address}
            elif kind == "crash":
                people = {key: (point, version + 1) for key, (point, version) in people.items()}
                crash = (one, bool(other))
            _tell(made, people, states, excluded)
            taker = Taker(batch_rows=2, crash=crash)
            with suppress(Crash):
                made.deliver(taker)
            allowed = {point for point, state in states.items() if state == "granted"} - excluded
            wrong += len(taker.addresses - allowed)
    return wrong


def _tell(
    made: Shop, people: dict[str, tuple[str, int]], states: dict[str, str], excluded: set[str]
) -> None:
    for table in ("sync.contacts", "core.consents", "core.exclusions"):
        made.say(f"delete from {table}")
    for key, (address, version) in people.items():
        made.say(f"insert into sync.contacts values ('{key}', '{address}', 'Name {version}')")
    for address, state in states.items():
        made.say(f"insert into core.consents values ('{address}', 'email', 'marketing', '{state}')")
    for address in excluded:
        made.say(f"insert into core.exclusions values ('{address}', null, 'excluded')")


def measure_accidents(size: str = "full") -> list[dict[str, Any]]:
    """Figures `catastrophe_rows_sent`, `false_holds` and `sent_without_grant`."""
    full, chance = size == "full", random.Random(7)
    sent = rows_sent_by_accidents(
        LISTS if full else LISTS[:1], ACCIDENTS if full else dict(list(ACCIDENTS.items())[:2])
    )
    lists = [100, 800, 5_000, 20_000] if full else [100]
    held = sum(false_holds(30 if full else 2, members, chance) for members in lists)
    examples, wrong = 400 if full else 3, [0]

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None)
    @given(STEPS)
    def any_order(steps: list[tuple[str, int, Any]]) -> None:
        wrong[0] += sent_without_grant(steps)

    any_order()
    accidents = f"{', '.join(ACCIDENTS)}; {len(LISTS)} kinds of list of {PEOPLE // 10:,} people"
    clean = f"30 clean nights of each of {len(lists)} lists, {lists[0]:,} to {lists[-1]:,} people"
    orders = f"{examples} orders of grants, withdrawals, exclusions, merges and crashes"
    return [
        _figure("catastrophe_rows_sent", sum(sent.values()), "rows", "= 0", accidents),
        _figure("false_holds", held, "nights", "= 0", clean),
        _figure("sent_without_grant", wrong[0], "rows", "= 0", orders),
    ]


def _figure(name: str, value: Any, unit: str, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}

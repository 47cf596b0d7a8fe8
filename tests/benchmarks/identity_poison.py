"""Part of topic `identity`: a million people and values that would melt them together;
and that neither the order of records nor a rebuild changes an id.

Every person has a login, an address and a number of their own, an account and an order; a true
group is a person's two records. Poison: an office mailbox on 2 % of the orders, zeros for a number
on 3 % of the accounts, a made-up address and the login `test` on .5 % of the orders each,
a device in the shop that 2 % log in on, and numbers of 1 % that a new owner's account took over
from an old one's.
"""

import hashlib
import random
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from identity_layer import PHONE_COLUMNS, build_layer, laboratory_inputs, make_template, start

from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS
from orchestration.warehouse.inputs import Inputs, Relation

AS_OF = datetime(2026, 6, 30, 22)
PERMUTATIONS = 200
RECORDS_SQL = """
create table clientele.identity.source_records as
with people as (
    select
        range as person,
        'person' || range || '@home.example.net' as email,
        '+4915' || lpad(range::varchar, 9, '0') as phone
    from range($people)
),
records as (
    select
        person,
        'shopify_customers:' || person as record_id,
        'login' || person as user_id,
        email,
        case
            when person % 100 in (11, 12, 13) then '0000'
            -- took the number of the next one over, whose account has lost it
            when person % 100 = 21 then '+4915' || lpad((person + 1)::varchar, 9, '0')
            when person % 100 = 22 then null
            else phone
        end as phone,
        null as anonymous_id
    from people
    union all
    select person, 'shopify_orders:' || person,
        case when person % 200 = 31 then 'test' when person % 4 = 0 then 'login' || person end,
        case
            when person % 100 in (41, 42) then 'info@office.example.com'
            when person % 200 = 131 then 'test@test.com'
            else email
        end,
        null, null
    from people
    union all
    select person, 'web_logins:kiosk:' || person, 'login' || person, null, null, 'kiosk'
    from people where person % 100 in (51, 52)
)
select
    split_part(record_id, '_', 1) as source_name,
    record_id,
    map_from_entries(list_filter([
        {{'k': 'user_id', 'v': user_id}}, {{'k': 'email', 'v': email}},
        {{'k': 'phone', 'v': phone}}, {{'k': 'anonymous_id', 'v': anonymous_id}}
    ], entry -> entry.v is not null)) as identifiers,
    null::varchar as country_code,
    'First' || person as first_name,
    'Last' || person as last_name,
    null::varchar as city,
    null::varchar as postcode,
    timestamp '2026-01-01' as first_seen_at,
    timestamp '2026-06-01' as last_seen_at
from records
{order}
"""
UNGUARDED_SQL = """
create table clientele.identity.identity_edges as
select record_id as left_node, entry.key || ':' || entry.value as right_node, true as is_strong
from (select record_id, unnest(map_entries(identifiers)) as entry from read_parquet('{records}'))
"""
PERSON = "regexp_extract(record_id, '[0-9]+$')"


def measure(size: str = "full") -> list[dict[str, Any]]:
    """Groups with and without the guards, and what other orders of the same records change."""
    people, few, permutations = (
        (1_000_000, 2_000, PERMUTATIONS) if size == "full" else (2_000, 400, 2)
    )
    with TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = Path(folder)
        runner = DbtRunner(home / "dbt")
        template = make_template(runner, home / "template", AS_OF)
        guarded = _build(runner, template, home / "guarded", people)
        largest, mixed, split = _groups(
            guarded, "select record_id, customer_id as group_id from identity.identity_map"
        )
        unguarded = _unguarded(runner, template, home, guarded)
        members = (
            "select node as record_id, component as group_id from identity.identity_candidates"
            " where node like '%\\_%' escape '\\'"
        )
        melted, melted_mixed, _ = _groups(unguarded, members)
        changed, ids = 0, _ids(_build(runner, template, home / "small", few))
        for number in range(permutations):
            changed += (
                _ids(_build(runner, template, home / "permuted", few, seed=number + 1)) != ids
            )
        rebuilt = _rebuilt(runner, template, home, few, ids)
    note = f"{people:,} people, {people * 2 + people // 50:,} records"
    return [
        _figure("poison_largest_group", largest, "records", "", f"with the guards; {note}"),
        _figure(
            "poison_largest_group_unguarded",
            melted,
            "records",
            "",
            f"records that share any value are one person; {note}",
        ),
        _figure(
            "poison_wrong_merges",
            mixed,
            "customers",
            "= 0",
            f"customers with records of several people; {note}",
        ),
        _figure("poison_wrong_merges_unguarded", melted_mixed, "customers", "", note),
        _figure(
            "poison_split_people",
            split,
            "people",
            "",
            f"a poisoned value was all that a record had; {note}",
        ),
        _figure(
            "permutation_differences",
            changed,
            "orders",
            "= 0",
            f"of {permutations} random orders of the records of {few:,} people",
        ),
        _figure(
            "rebuild_changed_ids",
            rebuilt,
            "records",
            "= 0",
            f"{few:,} people, built again in another order with the ids they have",
        ),
    ]


def _build(
    runner: DbtRunner,
    template: Path,
    home: Path,
    people: int,
    seed: int = 0,
    ledger: Path | None = None,
) -> Inputs:
    """The layer over the people's records, written in the order that a seed gives."""
    phones = home / "phones.parquet"
    relations = {"steps.phones": Relation(PHONE_COLUMNS, (str(phones),))}
    if ledger:
        relations["ids.customer_ids"] = Relation(CUSTOMER_ID_COLUMNS, (str(ledger),))
    inputs = laboratory_inputs(home, AS_OF, relations)
    order = f"order by md5(record_id || '{seed}')" if seed else ""
    start(
        template,
        inputs,
        "set preserve_insertion_order = true",
        RECORDS_SQL.replace("$people", str(people)).format(order=order),
    )
    connection = connect(inputs)
    connection.execute(
        "copy (select distinct identifiers['phone'] as raw_phone, null::varchar as country_code,"
        " true as is_stated,"
        " if(identifiers['phone'] like '+%', identifiers['phone'], null) as e164"
        " from identity.source_records"
        f" where identifiers['phone'] is not null) to '{phones}' (format parquet)"
    )
    connection.execute(
        f"copy identity.source_records to '{home / 'records.parquet'}' (format parquet)"
    )
    connection.close()
    build_layer(runner, inputs)
    return inputs


def _unguarded(runner: DbtRunner, template: Path, home: Path, guarded: Inputs) -> Inputs:
    inputs = laboratory_inputs(home / "unguarded", AS_OF)
    start(
        template,
        inputs,
        UNGUARDED_SQL.format(records=guarded.generation.with_name("records.parquet")),
    )
    build_layer(runner, inputs, "identity_candidates", "")
    return inputs


def _groups(inputs: Inputs, members: str) -> tuple[int, int, int]:
    """Records of the largest group, groups with several people, people in several groups."""
    connection = connect(inputs)
    row = connection.execute(f"""
        with members as (select group_id, {PERSON} as person from ({members}))
        select
            (select max(records) from (select count(*) as records from members group by group_id)),
            (
                select count(*)
                from (
                    select group_id from members
                    group by group_id having count(distinct person) > 1
                )
            ),
            (
                select count(*)
                from (
                    select person from members
                    group by person having count(distinct group_id) > 1
                )
            )
    """).fetchall()[0]
    connection.close()
    return int(row[0]), int(row[1]), int(row[2])


def _ids(inputs: Inputs) -> str:
    """A digest of who has which id."""
    connection = connect(inputs)
    rows = connection.execute(
        "select record_id, customer_id from identity.identity_map order by record_id"
    ).fetchall()
    connection.close()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _rebuilt(runner: DbtRunner, template: Path, home: Path, people: int, ids: str) -> int:
    """Records whose id another build changes, given the ids of the first;
    that they are the same at all is `ids`."""
    first = _build(runner, template, home / "first", people)
    ledger = home / "ledger.parquet"
    connection = connect(first)
    connection.execute(
        f"copy (select record_id, customer_id, timestamp '{AS_OF}' as as_of,"
        f" 1::bigint as sequence from identity.identity_map) to '{ledger}' (format parquet)"
    )
    connection.close()
    again = _build(
        runner,
        template,
        home / "again",
        people,
        seed=random.Random(7).randint(1, 10**6),
        ledger=ledger,
    )
    if _ids(first) != ids:
        raise RuntimeError("two builds of the same records gave different ids")
    connection = connect(again)
    changed = connection.execute(
        "select count(*) from identity.identity_map as now"
        f" join read_parquet('{ledger}') as was using (record_id)"
        " where now.customer_id <> was.customer_id"
    ).fetchall()[0][0]
    connection.close()
    return int(changed)


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}

"""A laboratory for identity: records as short lines, whole nights of the identity layer run by dbt,
the id ledger kept between them."""

import random
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from identity_layer import (
    OVERRIDE_COLUMNS,
    PHONE_COLUMNS,
    TESTS,
    laboratory_inputs,
    make_template,
    with_addresses,
)

from orchestration.steps.match.columns import MATCH_COLUMNS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS
from orchestration.warehouse.inputs import Inputs, Relation

FIRST_NIGHT = datetime(2024, 6, 1, 22)
SHORT = {
    "email": "email",
    "phone": "phone",
    "user": "user_id",
    "hub": "hubspot_contact_id",
    "card": "stripe_customer_id",
    "device": "anonymous_id",
    "profile": "klaviyo_profile_id",
}


@dataclass(frozen=True)
class Record:
    """A source record: id, name of the person or None, identifier type → raw value."""

    record_id: str
    name: str | None
    identifiers: dict[str, str]


def record(word: str, line: str) -> Record:
    """`r1 name=ann email=a phone=1`: every value is made the scenario's own,
    unless it is written `=value` (`email==null`)."""
    name, *fields = line.split()
    person, identifiers = None, {}
    for text in fields:
        key, value = text.split("=", 1)
        if key == "name":
            person = value
        elif value.startswith("="):
            identifiers[SHORT[key]] = value[1:]
        elif key == "email":
            identifiers["email"] = f"{value}@{word}.example.net"
        else:
            identifiers[SHORT[key]] = f"{value}-{word}"
    return Record(f"{word}:{name}", person, identifiers)


@dataclass
class Night:
    """What one night's identity layer left."""

    customers: dict[str, str]
    rules: dict[str, str]
    aliases: dict[str, tuple[str, str]]
    changes: list[tuple[str, str, str | None, int]]
    rejections: dict[tuple[str, str], int]
    refusals: set[tuple[str, str, str]]
    failed_tests: list[str]


@dataclass
class Lab:
    """Runs nights over records; the id ledger of one night is the input of the next."""

    folder: Path
    runner: DbtRunner
    template: Path
    ledger: list[tuple[str, str, datetime, int]] = field(default_factory=list)
    overrides: list[tuple[str, str, str]] = field(default_factory=list)
    matches: list[tuple[str, str, float, float]] = field(default_factory=list)
    numbers: dict[str, str | None] = field(default_factory=dict)  # as written → E.164
    nights: int = 0
    inputs: Inputs | None = None  # of the last night

    def night(
        self,
        records: Sequence[Record],
        *,
        shuffle: int | None = None,
        keep: bool = True,
        test: bool = False,
    ) -> Night:
        """Build identity on `records`.

        `keep`: add what it minted to the ledger. `test`: run the data tests too.
        """
        self.nights += 1
        rows = list(records)
        if shuffle is not None:
            random.Random(shuffle).shuffle(rows)
        sequence = 1 + max((row[3] for row in self.ledger), default=0)
        inputs = self._inputs(rows, FIRST_NIGHT + timedelta(days=sequence))
        shutil.copyfile(self.template, inputs.generation)
        connection = connect(inputs, write=True)
        connection.execute("create schema clientele.identity")
        connection.register("rows", _records_table(rows, inputs.as_of))
        connection.execute(
            "create table clientele.identity.source_records as"
            " select * replace (map_from_entries(identifiers) as identifiers) from rows"
        )
        connection.close()
        self.inputs = inputs = with_addresses(inputs)
        path = inputs.save(self.folder / f"inputs-{self.nights}.json")
        result = self.runner.build(
            path, ["path:models/identity"], ["source_records", *TESTS], target="lab"
        )
        assert result.succeeded, result.messages
        night = self._read(inputs, self._failed_tests(path) if test else [])
        if keep:
            known = self.current_ids()
            self.ledger += [
                (r, c, inputs.as_of, sequence)
                for r, c in sorted(night.customers.items())
                if known.get(r) != c
            ]
        return night

    def _failed_tests(self, inputs: Path) -> list[str]:
        """The data tests that a night runs after the layer, as it runs them."""
        result = self.runner.build(
            inputs, [f"path:models/identity,{TESTS[0]}", "path:tests/identity"], target="lab"
        )
        assert not result.errored, result.messages
        return result.failed_tests

    def current_ids(self) -> dict[str, str]:
        return {
            record_id: customer_id
            for record_id, customer_id, _, _ in sorted(self.ledger, key=lambda row: row[3])
        }

    def _inputs(self, rows: Sequence[Record], as_of: datetime) -> Inputs:
        folder = self.folder / f"night-{self.nights}"
        folder.mkdir()
        phones = sorted({r.identifiers["phone"] for r in rows if "phone" in r.identifiers})
        numbers = [
            self.numbers[phone]
            if phone in self.numbers
            else None
            if "bad" in phone
            else "+" + "".join(str(ord(c)) for c in phone)
            for phone in phones
        ]
        overrides = [
            (i, *o, "test", "test", "2024-01-01T00:00:00Z", None)
            for i, o in enumerate(self.overrides)
        ]
        relations = {
            "steps.phones": _relation(
                folder / "phones.parquet",
                PHONE_COLUMNS,
                [(p, None, True, n) for p, n in zip(phones, numbers, strict=True)],
            ),
            "steps.name_matches": _relation(
                folder / "matches.parquet", MATCH_COLUMNS, self.matches
            ),
            "ids.customer_ids": _relation(folder / "ids.parquet", CUSTOMER_ID_COLUMNS, self.ledger),
            "control.identity_overrides": _relation(
                folder / "overrides.parquet", OVERRIDE_COLUMNS, overrides
            ),
        }
        return laboratory_inputs(folder, as_of, relations)

    def _read(self, inputs: Inputs, failed_tests: list[str]) -> Night:
        connection = connect(inputs)

        def rows(query: str) -> list[Any]:
            return connection.execute(query).fetchall()

        mapped = rows("select record_id, customer_id, match_rule from identity.identity_map")
        assert len({row[0] for row in mapped}) == len(mapped), "a record stands twice in the map"
        night = Night(
            customers={row[0]: row[1] for row in mapped},
            rules={row[0]: row[2] for row in mapped},
            aliases={
                a: (c, t)
                for a, c, t in rows(
                    "select alias_customer_id, customer_id, change_type"
                    " from identity.identity_aliases"
                )
            },
            changes=rows(
                "select change_type, customer_id, previous_customer_id, records_count"
                " from identity.identity_changes"
            ),
            rejections={
                (value, reason): count
                for value, reason, count in rows(
                    "select value_hash, reason, records_count from identity.identifier_rejections"
                )
            },
            refusals=set(
                rows("select left_node, match_rule, refused_by from identity.identity_refusals")
            ),
            failed_tests=failed_tests,
        )
        connection.close()
        return night


def _relation(path: Path, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> Relation:
    types = {
        "varchar": pa.string(),
        "bigint": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
    }
    arrays = [
        pa.array([row[i] for row in rows], types[kind]) for i, kind in enumerate(columns.values())
    ]
    pq.write_table(pa.Table.from_arrays(arrays, names=list(columns)), path)
    return Relation(columns, (str(path),))


def _records_table(rows: Sequence[Record], as_of: datetime) -> pa.Table:
    entry = pa.struct([("k", pa.string()), ("v", pa.string())])
    seen = [as_of - timedelta(days=len(row.record_id)) for row in rows]
    text = {
        name: pa.array([None] * len(rows), pa.string())
        for name in ("country_code", "last_name", "city", "postcode")
    }
    return pa.table(
        {
            "source_name": [re.split(r"[:_]", row.record_id)[0] for row in rows],
            "record_id": [row.record_id for row in rows],
            "identifiers": pa.array(
                [[{"k": k, "v": v} for k, v in row.identifiers.items()] for row in rows],
                pa.list_(entry),
            ),
            "first_name": pa.array([row.name for row in rows], pa.string()),
            **text,
            "first_seen_at": pa.array(seen, pa.timestamp("us")),
            "last_seen_at": pa.array(seen, pa.timestamp("us")),
        }
    )


@pytest.fixture(scope="session")
def staged(runner: DbtRunner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of every laboratory.

    It has a type of which a customer may have one value only.
    """
    generation = make_template(runner, tmp_path_factory.mktemp("staged"), FIRST_NIGHT)
    with duckdb.connect(str(generation)) as connection:
        connection.execute(
            "update seeds.identifier_types set max_per_customer = 1"
            " where identifier_type = 'hubspot_contact_id'"
        )
        connection.execute("checkpoint")
    return generation


@pytest.fixture(scope="session")
def new_lab(
    runner: DbtRunner, staged: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Lab]:
    return lambda: Lab(tmp_path_factory.mktemp("lab"), runner, staged)


@pytest.fixture(scope="session")
def make_record() -> Callable[[str, str], Record]:
    return record

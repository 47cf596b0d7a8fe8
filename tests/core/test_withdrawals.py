"""Withdrawals fail closed: however one is written and by whatever it comes, the grant that it may
mean is gone, and nobody else's."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from declared_sources import declared_relations

from ingestion.layers import LAYERS
from orchestration.control.store import ControlStore
from orchestration.layers import STEP_TABLES
from orchestration.night.night_inputs import step_relations
from orchestration.reverse_etl import consent
from orchestration.reverse_etl.spec import SyncSpec
from orchestration.steps.run import run_step
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner, parts_of
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS, export_histories
from orchestration.warehouse.inputs import Inputs, Relation
from tests.core.withdrawals import (
    GRANTED_AT,
    METRICS,
    WITHDRAWN_AT,
    Rows,
    contact,
    decision,
    said,
    withdrawals,
)
from tests.staging.conftest import write_raw

AS_OF = datetime(2024, 6, 1, 22)
WITHDRAWALS = tuple(withdrawals())
# Others, who withdrew nothing: of one mailbox and one number range with those who did.
OTHERS = (
    ("email", "dora1@example.com"),
    ("email", "other@example.com"),
    ("email", "dora10000+news@example.com"),
    ("phone", "+4915123499999"),
    ("phone", "+4930901820"),
    ("phone", "+33612399999"),
    ("phone", "+12125559999"),
    ("phone", "+436641234567"),
)
# A number in Hesse that is written as a mobile in France is, which withdraws in national form.
TWINS = tuple(
    "+49" + withdrawal.contact_point.removeprefix("+33")
    for withdrawal in WITHDRAWALS
    if withdrawal.contact_point.startswith("+33") and withdrawal.written.startswith("0")
)
NOBODY = {
    "nobody": ("email", "nobody@example.com"),
    "number": ("phone", "+4915199999999"),
    "national": ("phone", "0151 99999998"),
    "unreadable": ("email", "no address"),
}


def the_shop() -> Rows:
    """Rows of raw: everybody is a contact of the CRM with a grant."""
    rows: Rows = defaultdict(list)
    points = [(w.contact_point_type, w.contact_point) for w in WITHDRAWALS]
    points += [*OTHERS, *(("phone", twin) for twin in TWINS)]
    for number, (kind, point) in enumerate(points):
        rows["hubspot_contacts"].append(contact(number, **{kind: point}))
        rows["consent_records"].append(decision(f"g{number}", kind, point, "granted", GRANTED_AT))
    for number, withdrawal in enumerate(WITHDRAWALS):
        for table, more in said(number, withdrawal).items():
            rows[table] += more
    for name, (kind, point) in NOBODY.items():
        rows["consent_records"].append(decision(name, kind, point, "withdrawn", WITHDRAWN_AT))
    rows["klaviyo_metrics"] += METRICS
    return dict(rows)


@pytest.fixture(scope="module")
def build(
    runner: DbtRunner, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Rows], duckdb.DuckDBPyConnection]:
    """Build up to core on rows of raw, steps included; returns a connection to the result."""

    def build(rows: Rows) -> duckdb.DuckDBPyConnection:
        folder = tmp_path_factory.mktemp("withdrawals")
        (folder / "key").write_text("a secret of the tests")
        relations = write_raw(folder, rows) | declared_relations(folder)
        relations |= step_relations(folder, [t for tables in STEP_TABLES.values() for t in tables])
        relations["ids.customer_ids"] = Relation(CUSTOMER_ID_COLUMNS)
        store = ControlStore.open(folder / "control.sqlite")
        relations |= export_histories(store, folder / "histories", AS_OF)
        store.close()
        variables = {
            "shop_time_zone": "Europe/Berlin",
            "reporting_currency": "EUR",
            "shop_currency": "EUR",
            "gross_margin": "0.4",
            "shipping_margin": "0",
        }
        generation = folder / "generation.duckdb"
        inputs = Inputs(
            "test", AS_OF, AS_OF.date(), generation, folder / "key", variables, relations
        )
        for layer in LAYERS[: LAYERS.index("core") + 1]:
            before, *after = parts_of(layer)
            _build(runner, inputs, folder, before)
            for part in after:
                for step in ("phones", "addresses", "match"):
                    connection = connect(inputs)
                    run_step(step, connection, folder / "steps", inputs, folder / "derived")
                    connection.close()
                _build(runner, inputs, folder, part)
        return connect(inputs)

    return build


def _build(runner: DbtRunner, inputs: Inputs, folder: Path, part: Any) -> None:
    result = runner.build(
        inputs.save(folder / "inputs.json"),
        part.select.split(),
        [*part.exclude.split(), "resource_type:test"],
        target="withdrawals",
    )
    assert result.succeeded, result.messages


@pytest.fixture(scope="module")
def shop(
    build: Callable[[Rows], duckdb.DuckDBPyConnection],
) -> duckdb.DuckDBPyConnection:
    return build(the_shop())


def granted(connection: duckdb.DuckDBPyConnection, channel: str) -> set[str]:
    """Whom the gate of deliveries lets through."""
    spec = SyncSpec(
        name="campaign",
        destination="hubspot",
        object="contacts",
        relation=("core", "customers"),
        key="customer_id",
        purpose="marketing",
        channel=channel,
        contact_point="contact",
    )
    consent.load(connection, spec)
    rows = connection.execute(
        f"select distinct contact from delivery_grants where {consent.granted_sql(spec, 'contact')}"
    ).fetchall()
    return {contact for (contact,) in rows}


def test_no_grant_is_left_that_a_withdrawal_may_mean(shop: duckdb.DuckDBPyConnection) -> None:
    assert len({w.written for w in WITHDRAWALS}) > 40
    left = granted(shop, "email") | granted(shop, "sms")
    still_granted = [w for w in WITHDRAWALS if w.contact_point in left]
    assert still_granted == [], Counter(w.kind for w in still_granted)


def test_nobody_else_loses_a_grant(shop: duckdb.DuckDBPyConnection) -> None:
    """But for the twins, of whom a reading says why."""
    left = granted(shop, "email") | granted(shop, "sms")
    assert left == {point for _, point in OTHERS}
    named = {
        point
        for (point,) in shop.execute(
            "select contact_point from core.consent_decisions where state = 'withdrawn'"
            " union select contact_point from core.exclusions"
        ).fetchall()
    }
    assert {*TWINS} <= named


def test_a_number_that_may_be_several_deletes_nobody(shop: duckdb.DuckDBPyConnection) -> None:
    """A verified erasure does, where it is beyond doubt."""
    consequences = dict(
        shop.execute(
            "select contact_point, consequence from core.exclusions where reason = 'erasure'"
        ).fetchall()
    )
    assert {consequences.get(twin) for twin in TWINS} == {None, "withdrawn"}
    plain = [
        w.contact_point
        for w in WITHDRAWALS
        if w.kind == "erasure" and w.written == w.contact_point.upper()
    ]
    assert [consequences[point] for point in plain] == ["erased"]


def test_what_matched_nobody_and_what_matched_several_is_listed(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = shop.execute(
        "select rule, table_name, key, explanation, remedy from core.withdrawal_findings"
    ).fetchall()
    of_nobody = [key for rule, _, key, *_ in rows if rule == "withdrawal_of_nobody"]
    assert sorted(of_nobody) == sorted(NOBODY)
    several = Counter(key for rule, _, key, *_ in rows if rule == "withdrawal_of_several")
    assert len(several) == len(TWINS) and {*several.values()} == {2}
    text = " ".join(map(str, rows))
    assert "@" not in text and "+49" not in text


def test_a_reading_that_nobody_has_is_no_decision(shop: duckdb.DuckDBPyConnection) -> None:
    """A number is read as one of every country: what that makes up is kept nowhere."""
    named = {point for _, point in (*OTHERS, *NOBODY.values())} | {*TWINS}
    named |= {withdrawal.contact_point for withdrawal in WITHDRAWALS}
    decided = shop.execute(
        "select distinct contact_point from core.consent_decisions where is_reachable"
    ).fetchall()
    assert {point for (point,) in decided} <= named

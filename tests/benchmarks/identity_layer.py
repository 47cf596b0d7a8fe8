"""The identity layer over any records: a generation with the seeds, staging empty,
and `identity.source_records` as they are given."""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb
from declared_sources import declared_relations

from ingestion.contracts.contract import all_tables, raw_columns
from ingestion.contracts.reading import load_contracts
from orchestration.steps.addresses.step import ADDRESSES_FILE, run_addresses
from orchestration.steps.match.columns import MATCH_COLUMNS, REFUSAL_COLUMNS
from orchestration.steps.run import STEP_COLUMNS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS
from orchestration.warehouse.inputs import Inputs, Relation

TESTS = ("resource_type:test",)
PHONE_COLUMNS = STEP_COLUMNS["phones"]
ADDRESSES = "steps.addresses"
OVERRIDE_COLUMNS = {
    "override_id": "bigint",
    "rule": "varchar",
    "left_record_id": "varchar",
    "right_record_id": "varchar",
    "author": "varchar",
    "reason": "varchar",
    "created_at": "varchar",
    "revoked_at": "varchar",
}


def variables() -> dict[str, str]:
    return {
        "shop_time_zone": "Europe/Berlin",
        "reporting_currency": "EUR",
        "shop_currency": "EUR",
        "gross_margin": "0.4",
        "shipping_margin": "0",
    }


def empty_relations(folder: Path) -> dict[str, Relation]:
    """Everything a generation reads, typed and empty, but for what the sources declare."""
    raw = {
        f"raw.{table.raw_name}": Relation(raw_columns(table))
        for table in all_tables(load_contracts())
    }
    return (
        raw
        | declared_relations(folder)
        | {
            "steps.phones": Relation(PHONE_COLUMNS),
            ADDRESSES: Relation(STEP_COLUMNS["addresses"]),
            "steps.name_matches": Relation(MATCH_COLUMNS),
            "steps.name_match_refusals": Relation(REFUSAL_COLUMNS),
            "ids.customer_ids": Relation(CUSTOMER_ID_COLUMNS),
            "control.identity_overrides": Relation(OVERRIDE_COLUMNS),
        }
    )


def laboratory_inputs(
    folder: Path, as_of: datetime, relations: dict[str, Relation] | None = None
) -> Inputs:
    """Inputs of a generation in `folder`, with a key of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "key"
    key.write_text("a secret of the laboratory")
    return Inputs(
        "lab",
        as_of,
        as_of.date(),
        folder / "generation.duckdb",
        key,
        variables(),
        empty_relations(folder) | (relations or {}),
    )


def make_template(runner: DbtRunner, folder: Path, as_of: datetime) -> Path:
    """A generation file with the seeds and every staging table, all of them empty."""
    inputs = laboratory_inputs(folder, as_of)
    result = runner.build(
        inputs.save(folder / "inputs.json"),
        ["path:seeds", "path:models/staging"],
        TESTS,
        target="lab",
    )
    if not result.succeeded:
        raise RuntimeError(str(result.messages))
    with duckdb.connect(str(inputs.generation)) as connection:
        connection.execute("checkpoint")
    return inputs.generation


def start(template: Path, inputs: Inputs, *statements: str) -> None:
    """Begin a generation as the template is, and run statements in it
    (schema `identity` is there)."""
    shutil.copyfile(template, inputs.generation)
    connection = connect(inputs, write=True)
    connection.execute("create schema if not exists clientele.identity")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def with_addresses(inputs: Inputs) -> Inputs:
    """The same once the step has read the addresses of the records."""
    folder = inputs.generation.parent
    connection = connect(inputs)
    run_addresses(
        connection, folder, queries=["select identifiers['email'] from identity.source_records"]
    )
    connection.close()
    written = Relation(STEP_COLUMNS["addresses"], (str(folder / ADDRESSES_FILE),))
    return inputs.with_relations({ADDRESSES: written})


def build_layer(
    runner: DbtRunner,
    inputs: Inputs,
    select: str = "path:models/identity",
    exclude: str = "source_records",
) -> None:
    """Build models of the layer. Errors: `RuntimeError` with dbt's messages."""
    path = with_addresses(inputs).save(inputs.generation.with_name("inputs.json"))
    result = runner.build(path, [select], [exclude, *TESTS], target="lab")
    if not result.succeeded:
        raise RuntimeError(str(result.messages))

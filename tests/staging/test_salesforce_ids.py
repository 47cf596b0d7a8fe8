"""Salesforce writes an id in 15 characters or in 18; both are one record."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.staging.raw_rows import rows

AT = datetime(2024, 5, 1, 9)
ID = "0035g00000AbCdEAAV"  # Salesforce's own: its last three follow from the others
SAME = (ID, ID[:15], f" {ID} ", ID.lower(), ID.upper(), ID[:15] + "aav")
OTHERS = (ID[:15].lower(), ID[:15] + "AAX", ID[:14] + "e", "0035g00000AbCdF", "web-form 12", "003")


def record(number: int, record_id: str, **more: Any) -> dict[str, Any]:
    at = AT + timedelta(hours=number)
    return {"id": record_id, "created_date": AT, "system_modstamp": at, "is_deleted": False, **more}


@pytest.fixture(scope="module")
def staged(stage: Callable[[Any], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    written = [*SAME, *OTHERS]
    contacts = [
        record(number, contact, email=f"v{number}@example.net", has_opted_out_of_email=number == 5)
        for number, contact in enumerate(written)
    ]
    contacts.append(record(99, "0035g00000ZzZzZ", master_record_id=ID.lower()))
    leads = [
        record(number, f"00Q5g00000FgHi{number}", converted_contact_id=contact)
        for number, contact in enumerate([*SAME, "", None])
    ]
    return stage({"salesforce_contacts": contacts, "salesforce_leads": leads})


def test_versions_of_one_record_meet_however_its_id_is_written(
    staged: duckdb.DuckDBPyConnection,
) -> None:
    found = dict(
        rows(
            staged,
            "select record_id, identifiers['email'] from staging.stg_salesforce__contacts"
            " where salesforce_contact_id ilike '0035g00000abcde%'",
        )
    )
    assert found.pop(f"salesforce_contacts:{ID}") == f"v{len(SAME) - 1}@example.net"
    assert sorted(found) == [
        "salesforce_contacts:0035g00000AbCdEAAX",
        "salesforce_contacts:0035g00000AbCdeAAF",
        "salesforce_contacts:0035g00000abcdeAAA",
    ]


def test_what_is_no_id_of_salesforce_stays_as_it_is(staged: duckdb.DuckDBPyConnection) -> None:
    found = rows(staged, "select salesforce_contact_id from staging.stg_salesforce__contacts")
    assert {("web-form 12",), ("003",), ("0035g00000AbCdFAAV",)} <= {*found}


def test_conversions_and_merges_name_the_record(staged: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        staged,
        "select record_id, count(*) from staging.stg_salesforce__merges group by all",
    )
    assert found == [(f"salesforce_contacts:{ID}", len(SAME) + 1)]


def test_a_tick_is_the_records_however_its_id_is_written(
    staged: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        staged, "select consent_record_id, contact_point from staging.stg_salesforce__opt_outs"
    )
    assert found == [(f"salesforce_contacts:{ID}", "v5@example.net")]

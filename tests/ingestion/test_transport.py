"""What could be read on its way to another machine is refused before a secret goes out."""

from pathlib import Path
from typing import Any

import pytest
from pulls import HTTP, POSTGRES
from pydantic import TypeAdapter

from ingestion.errors import StorageError
from ingestion.pull.declared import Pull, PullError
from ingestion.pull.postgres import PostgresRows
from ingestion.storage.open import open_storage
from ingestion.transport import database_is_in_clear, is_in_clear


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example",
        " HTTP://crm.example/path",
        "http://127.0.0.1@crm.example",
        "http://localhost.crm.example",
        "http://10.0.0.7:9000",
        "http://[2001:db8::1]/",
        "http://0.0.0.0:8080",
    ],
)
def test_http_to_another_machine_is_in_clear(address: str) -> None:
    assert is_in_clear(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://crm.example",
        "http://127.0.0.1:8765/hubspot",
        "http://127.8.8.8",
        "http://LOCALHOST:8080",
        "http://[::1]:1",
        "sandbox",
        "smtp://relay.example",
        "",
        None,
        7,
    ],
)
def test_tls_and_this_machine_are_not(address: object) -> None:
    assert not is_in_clear(address)


@pytest.mark.parametrize(
    ("string", "clear"),
    [
        ("postgresql://ada:word@db.example/crm", True),
        ("postgresql://ada:word@db.example/crm?sslmode=prefer", True),
        ("host=db.example sslmode=disable", True),
        ("host=127.0.0.1,db.example", True),
        ("host=localhost hostaddr=10.0.0.7", True),
        ("service=crm", True),
        ("postgresql://ada:word@db.example/crm?sslmode=verify-full", False),
        ("host=db.example sslmode=require", False),
        ("postgresql://ada:word@127.0.0.1:5432/crm", False),
        ("postgresql://ada:word@[::1]/crm", False),
        ("postgresql:///crm?host=/var/run/postgresql", False),
        ("dbname=crm", False),
        ("no connection string", False),
    ],
)
def test_a_database_on_another_machine_wants_tls(string: str, clear: bool) -> None:
    assert database_is_in_clear(string) is clear


def test_the_environment_speaks_where_the_connection_string_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert not database_is_in_clear("host=db.example")
    assert database_is_in_clear("host=db.example sslmode=allow")
    monkeypatch.delenv("PGSSLMODE")
    monkeypatch.setenv("PGHOST", "db.example")
    assert database_is_in_clear("dbname=crm")


def pull(**declared: Any) -> Any:
    return TypeAdapter(Pull).validate_python(declared)


def test_a_pull_by_http_is_refused_unless_it_is_said() -> None:
    clear = {**HTTP, "base_url": "http://shop.example"}
    with pytest.raises(ValueError, match=r"base_url must begin with https.*insecure: true"):
        pull(**clear)
    assert pull(**clear, insecure=True).base_url == "http://shop.example"
    near = {**HTTP, "base_url": "http://127.0.0.1:1"}
    # What is known of a pull does not hang on how it is fetched.
    assert pull(**near).fingerprint == pull(**near, insecure=True).fingerprint


def test_a_pull_from_a_database_in_clear_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "postgresql://ada:canary@db.example/crm"
    rows = PostgresRows(pull(**POSTGRES), secret)
    monkeypatch.setattr(rows, "_connect", lambda dsn: pytest.fail("a connection was opened"))
    with pytest.raises(PullError, match=r"SHOP_DSN.*sslmode=verify-full.*insecure") as raised:
        list(rows.since(None))
    assert "canary" not in str(raised.value)


def test_a_bucket_behind_http_is_refused_unless_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example:9000")
    with pytest.raises(StorageError, match=r"s3://b/raw: AWS_ENDPOINT_URL .*insecure: true"):
        open_storage("s3://b/raw", tmp_path)
    assert str(open_storage("s3://b/raw", tmp_path, insecure=True)) == "s3://b/raw"

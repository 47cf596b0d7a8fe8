"""Keyed hashes: the same construction as the `keyed_hash` macro of the dbt project,
so that hashes of both sides can be joined.

Unkeyed hashes of e-mail addresses or ids can be guessed back; these cannot be without
the installation's secret.
"""

import hashlib

import duckdb

HEX_DIGITS = 32
# set on every connection to a generation, see `warehouse.connection`
SECRET = "getvariable('customer_id_key')"


def secret_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The installation's secret, as the models of the generation behind the connection used it."""
    secret: str = connection.execute(f"select {SECRET}").fetchall()[0][0]
    return secret


def keyed_hash(secret: str, value: str) -> str:
    """The first 32 hex digits of sha256(secret followed by value)."""
    return hashlib.sha256((secret + value).encode()).hexdigest()[:HEX_DIGITS]


def keyed_hash_sql(value: str) -> str:
    """The same as a DuckDB expression over the expression `value`; null stays null."""
    return f"left(sha256({SECRET} || {value}), {HEX_DIGITS})"

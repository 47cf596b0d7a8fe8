"""Keyed hashes: the same construction as the `keyed_hash` macro of the dbt project, so that hashes of both sides can be joined.

Unkeyed hashes of e-mail addresses or ids can be guessed back; these cannot be without the installation's secret.
"""

import hashlib

HEX_DIGITS = 32


def secret_text(key: bytes) -> str:
    """The secret as the text that SQL and Python both put in front of a value; one character per byte."""
    return key.decode("latin-1")


def keyed_hash(key: bytes, value: str) -> str:
    """The first 32 hex digits of sha256(secret followed by value)."""
    return hashlib.sha256((secret_text(key) + value).encode()).hexdigest()[:HEX_DIGITS]


def keyed_hash_sql(value: str, secret: str = "getvariable('delivery_secret')") -> str:
    """The same as a DuckDB expression over the expression `value`; null stays null."""
    return f"left(sha256({secret} || {value}), {HEX_DIGITS})"

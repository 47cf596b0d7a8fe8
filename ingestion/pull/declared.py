"""What the owner declares of a pull, under `pulls` in the settings:
keys, checks, and whether the table's contract fits."""

import fnmatch
import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ingestion.contracts.contract import SourceContract, TableContract, all_tables
from ingestion.transport import is_in_clear


class PullError(Exception):
    """A pull cannot be done; the message names the remedy and never a value or a secret."""


class _Pull(BaseModel):
    """What both kinds have. `insecure` allows what could be read on its way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    secret: str
    cursor: str | None = None
    overlap: int = Field(default=60, ge=0)
    insecure: bool = False

    @property
    def fingerprint(self) -> str:
        """Changes when another thing is pulled, or by another cursor:
        what is known of the old one counts for nothing then."""
        told = self.model_dump_json(exclude={"enabled", "secret", "overlap", "insecure"})
        return hashlib.sha256(told.encode()).hexdigest()[:32]


class HttpPull(_Pull):
    """A paginated API that answers JSON and names the next page in its Link header.

    `records` is the answer's key that holds the rows, `since` the parameter that takes the cursor's
    value, `header` where the secret goes (as it is; into Authorization as a bearer token).
    """

    kind: Literal["http"]
    base_url: str
    path: str
    records: str
    since: str | None = None
    parameters: dict[str, str | int] = {}
    header: str = "Authorization"

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        address = urlsplit(value)
        if address.scheme not in ("http", "https"):
            raise ValueError("must begin with https://")
        if address.username or address.password:
            raise ValueError(
                "must hold no credential; name the environment variable that does under `secret`"
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_hidden(self) -> "HttpPull":
        if is_in_clear(self.base_url) and not self.insecure:
            raise ValueError(
                "base_url must begin with https://: the secret travels with every request;"
                " where the way is yours alone, say insecure: true"
            )
        return self


class PostgresPull(_Pull):
    """A table or view of a PostgreSQL database; the secret is a connection string."""

    kind: Literal["postgres"]
    relation: str = Field(pattern=r"^[^.\s]+(\.[^.\s]+)?$")


Pull = Annotated[HttpPull | PostgresPull, Field(discriminator="kind")]


def table_of(name: str, contracts: Mapping[str, SourceContract]) -> TableContract | None:
    """The table that a pull is named after: <source>_<table>, as in raw."""
    return next((table for table in all_tables(contracts) if table.raw_name == name), None)


def misfit(
    name: str, pull: HttpPull | PostgresPull, contracts: Mapping[str, SourceContract]
) -> str | None:
    """Why a declared pull cannot feed its table, with the remedy; None when it can."""
    table = table_of(name, contracts)
    if table is None:
        return (
            "there is no such raw table;"
            f" known are {', '.join(known.raw_name for known in all_tables(contracts))}"
        )
    if not fnmatch.fnmatchcase(file_name(table, date.min, ""), table.files):
        return (
            f"its contract in {table.declared_in} takes {table.files},"
            f" pulls write {file_name(table, date.min, '')}"
        )
    if table.format != "jsonl":
        return f"its contract takes {table.format} files; pulls write jsonl"
    if table.load_mode == "snapshot":
        return (
            "cursor: its contract says load_mode: snapshot, so it is pulled whole; leave cursor out"
            if pull.cursor
            else None
        )
    if not pull.cursor:
        return (
            "cursor: name the field that grows with every change, or say load_mode:"
            " snapshot in its contract to pull it whole"
        )
    if isinstance(pull, HttpPull) and not pull.since:
        return "since: name the request parameter that takes the cursor's value"
    if not table.key:
        return (
            "its contract has no key, and rows that are pulled twice could not be told"
            " from two rows; add the key"
        )
    return None


def file_name(table: TableContract, day: date, run_id: str) -> str:
    """The extract's path below the landing zone.

    A snapshot has one name a day: pulled again it takes the place of the one before.
    """
    part = "pull" if table.load_mode == "snapshot" else f"pull-{run_id}"
    return f"{table.source}/{table.name}-{day.isoformat()}-{part}.jsonl.gz"

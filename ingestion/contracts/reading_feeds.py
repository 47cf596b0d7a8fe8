"""Read what a source file says of feeds, record kinds and identifier types; see `feeds.py`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ingestion.contracts.checked import check_name, hint
from ingestion.contracts.contract import SourceContract
from ingestion.contracts.feeds import FEEDS, IdentifierType, RecordKind
from ingestion.errors import ContractError


def feeds(file: Path, values: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The staging models by feed: each is one of this source, named once per feed."""
    source = values["source"]
    feeds = {}
    for feed, models in values.get("feeds", {}).items():
        if feed not in FEEDS:
            raise ContractError(
                f"{file}: feeds.{feed}: no such feed{hint(str(feed), list(FEEDS))};"
                f" feeds are {', '.join(FEEDS)}"
            )
        names = models if isinstance(models, list) else [models]
        for model in names:
            if not str(model).startswith(f"stg_{source}__"):
                raise ContractError(
                    f"{file}: feeds.{feed}: {model!r} is no staging model of {source};"
                    f" these are named stg_{source}__<entity>"
                )
            if names.count(model) > 1:
                raise ContractError(
                    f"{file}: feeds.{feed}: {model} stands there twice; every row would, too"
                )
        feeds[feed] = tuple(str(model) for model in names)
    if feeds.get("people") and not values.get("record_kinds"):
        raise ContractError(
            f"{file}: record_kinds: missing; name the kind of each record that"
            " feeds.people brings, and its trust_rank"
        )
    return feeds


_Kind = TypeVar("_Kind", RecordKind, IdentifierType)


def declared(file: Path, where: str, values: dict[str, Any], kind: type[_Kind]) -> dict[str, _Kind]:
    """The entries below a key, checked by their model."""
    entries = {}
    for name, body in values.get(where, {}).items():
        check_name(file, where, name)
        try:
            entries[name] = kind.model_validate(body)
        except ValidationError as error:
            wrong = error.errors()[0]
            if not wrong["loc"]:
                raise ContractError(
                    f"{file}: {where}.{name}: must be a mapping of {', '.join(kind.model_fields)}"
                ) from None
            key = ".".join(str(part) for part in wrong["loc"])
            meant = hint(key, list(kind.model_fields))
            raise ContractError(f"{file}: {where}.{name}.{key}: {wrong['msg']}{meant}") from None
    return entries


def check_identifier_types(contracts: Iterable[SourceContract]) -> None:
    """A type is given out by one source, and no two are of one strength."""
    names: dict[str, Path] = {}
    priorities: dict[int, Path] = {}
    for contract in contracts:
        for name, declared in contract.identifier_types.items():
            where = f"{contract.path}: identifier_types.{name}"
            if name in names:
                raise ContractError(
                    f"{where}: is already declared by {names[name]}; rename it, or leave it there"
                )
            if declared.priority in priorities:
                raise ContractError(
                    f"{where}.priority: {declared.priority} is already that of a type of"
                    f" {priorities[declared.priority]}; choose another number"
                )
            names[name], priorities[declared.priority] = contract.path, contract.path

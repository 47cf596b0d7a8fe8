"""Reading a YAML file key by key: every wrong one is an error that names the file and the key."""

import difflib
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from ingestion.contracts.columns import LOAD_COLUMNS
from ingestion.errors import ContractError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
# The one in C reads ten times as fast, where it was built.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """YAML that refuses a key written twice, where the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands there twice", node.start_mark
                )
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(file: Path) -> Any:
    """What the file says. Errors: `ContractError`, also for a key that stands there twice."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:  # a date of month 13 is a ValueError
        raise ContractError(
            f"{file}: not readable as YAML: {' '.join(str(error).split())}"
        ) from error


def check_name(file: Path, where: str, name: Any) -> None:
    """Errors: `ContractError` when it cannot be the name of a table, column, kind or
    account."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in LOAD_COLUMNS:
        raise ContractError(
            f"{file}: {where}: {name!r} is not a name; use lower-case letters,"
            " digits and _ (quote words that YAML takes for true or false)"
        )


def checked(
    file: Path, where: str, body: Any, required: dict[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    """A copy of a mapping whose keys and types were checked. Errors: `ContractError`."""
    prefix = f"{file}: {where + '.' if where else ''}"
    if not isinstance(body, dict):
        raise ContractError(
            f"{file}: {where or 'the file'}: must be a mapping of {', '.join(required)}"
        )
    allowed = required | options
    for key, value in body.items():
        if key not in allowed:
            raise ContractError(
                f"{prefix}{key}: no such key{hint(str(key), list(allowed))};"
                f" keys are {', '.join(allowed)}"
            )
        wanted = allowed[key]
        if isinstance(wanted, tuple):
            if value not in wanted:
                raise ContractError(
                    f"{prefix}{key}: is {value!r}; it must be one of {', '.join(wanted)}"
                )
        elif wanted is float:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ContractError(f"{prefix}{key}: is {value!r}; it must be a number")
        elif not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise ContractError(
                f"{prefix}{key}: is {value!r};"
                f" it must be a {wanted.__name__} (quote it if it is a text)"
            )
        elif wanted in (str, list) and not value and key not in ("null_values", "key"):
            raise ContractError(f"{prefix}{key}: is empty")
    for key in required:
        if key not in body:
            raise ContractError(f"{prefix}{key}: missing")
    return dict(body)


def hint(word: str, known: list[str]) -> str:
    """The known word that was probably meant, as the end of a message."""
    near = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {near[0]}?)" if near else ""

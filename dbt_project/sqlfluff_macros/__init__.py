"""The project's own macros for sqlfluff, whose jinja templater knows no `adapter.dispatch`:
each is rendered as on DuckDB.

Nothing is written twice here: the macros are those of `dbt_project/macros`, and dbt itself
never reads this file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import yaml

PROJECT = Path(__file__).resolve().parents[1]
_VARIABLES: dict[str, Any] = yaml.safe_load(
    (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
)["vars"]


class _ReturnedError(Exception):
    """How dbt's `return` leaves a macro with a value that is not text."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _return(value: Any) -> None:
    raise _ReturnedError(value)


def _returning(macro: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return macro(*args, **kwargs)
        except _ReturnedError as returned:
            return returned.value

    return call


class _Adapter:
    """As much of dbt's adapter as macros call."""

    def __init__(self, macros: dict[str, Any]) -> None:
        self._macros = macros

    def dispatch(self, name: str) -> Any:
        return self._macros[f"duckdb__{name}"]


def _load() -> dict[str, Any]:
    """Every macro of the project by name. dbt's own block tags (tests, materializations) are no
    macros and are left out."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    macros = environment.globals
    macros |= {
        "adapter": _Adapter(macros),
        "return": _return,
        "ref": lambda name: name,
        "source": lambda schema, name: f"{schema}.{name}",
        "var": lambda name, default=None: _VARIABLES.get(name, default),
    }
    given = set(macros)
    texts = [path.read_text(encoding="utf-8") for path in (PROJECT / "macros").glob("*.sql")]
    # A template knows what was known when it was read: read again, each knows all the others.
    for text in 2 * [text for text in texts if "{% macro " in text]:
        found = vars(environment.from_string(text).module)
        macros |= {name: _returning(macro) for name, macro in found.items() if callable(macro)}
    return {name: value for name, value in macros.items() if name not in given}


globals().update(_load())

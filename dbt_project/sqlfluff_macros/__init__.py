"""The project's own macros for sqlfluff, whose jinja templater knows no `adapter.dispatch`: each is rendered as on DuckDB.

Nothing is written twice here: the macros are those of `dbt_project/macros`, and dbt itself never reads this file.
"""

from pathlib import Path
from typing import Any

import jinja2
import yaml

PROJECT = Path(__file__).resolve().parents[1]
_VARIABLES: dict[str, Any] = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


class _Adapter:
    """As much of dbt's adapter as macros call."""

    def __init__(self, macros: dict[str, Any]) -> None:
        self._macros = macros

    def dispatch(self, name: str) -> Any:
        return self._macros[f"duckdb__{name}"]


def _load() -> dict[str, Any]:
    """Every macro of the project by name. dbt's own block tags (tests, materializations) are no macros and are left out."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    macros = environment.globals
    macros |= {
        "adapter": _Adapter(macros),
        "return": lambda value: value,
        "ref": lambda name: name,
        "source": lambda schema, name: f"{schema}.{name}",
        "var": lambda name, default=None: _VARIABLES.get(name, default),
    }
    given = set(macros)
    for path in sorted((PROJECT / "macros").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        if "{% macro " in text:
            macros |= {name: value for name, value in vars(environment.from_string(text).module).items() if callable(value)}
    return {name: value for name, value in macros.items() if name not in given}


globals().update(_load())

"""Listens to dbt while it builds a part: which statements each node sends, and what was answered.

It reads where the adapter executes, since dbt's log abridges what fills a seed.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from orchestration.warehouse.replay.recording import Node, Statement

# dbt looks these up for itself; `Recording.scene` stands for them.
_CATALOG = re.compile(r"\bduckdb_\w+\(\)|\binformation_schema\.|\(describe ", re.IGNORECASE)
_BACKUP = re.compile(r"^drop \w+ if exists \S+__dbt_backup\" cascade$")
_COMMENT = re.compile(r"^\s*/\*.*?\*/\s*", re.DOTALL)
_PLAIN = (str, int, float, bool, type(None))


class Unkept(Exception):
    """A part that cannot be sent again as it was; the message says why."""


class Recorder:
    """What each node sent, in order. Nodes run side by side; one node stays in one thread."""

    def __init__(self) -> None:
        self._sent: dict[str, list[Statement]] = {}
        self._of_no_node: list[str] = []
        self._last = threading.local()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear all that dbt's DuckDB adapter executes, its answers included."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager as Manager
        from dbt_common.events.contextvars import get_node_info

        add_query, execute = Manager.add_query, Manager.execute

        def heard(manager: Any, sql: str, *given: Any, **options: Any) -> Any:
            answer = add_query(manager, sql, *given, **options)
            bindings = given[1] if len(given) > 1 else options.get("bindings")
            self._hear(str(get_node_info().get("unique_id") or ""), sql, bindings)
            return answer

        def fetched(manager: Any, sql: str, *given: Any, **options: Any) -> Any:
            response, table = execute(manager, sql, *given, **options)
            if table.column_names:
                self._last.statement.asks = _asked(table.column_names, table.rows)
                if self._last.statement.asks == "count":
                    self._last.statement.is_zero = table.rows[0][0] == 0
            return response, table

        Manager.add_query, Manager.execute = heard, fetched
        try:
            yield
        finally:
            Manager.add_query, Manager.execute = add_query, execute

    def _hear(self, unique_id: str, sql: str, bindings: Sequence[Any] | None) -> None:
        statement = Statement(sql, list(bindings) if bindings is not None else None)
        self._last.statement = statement
        if unique_id:
            self._sent.setdefault(unique_id, []).append(statement)
        else:
            self._of_no_node.append(sql)

    def nodes(self, events: Sequence[Mapping[str, Any]], never: Sequence[str]) -> list[Node]:
        """The nodes in the order in which they ended, with what has to be sent again.

        `never`: what may stand in no statement, such as the run's id or a secret. Errors: `Unkept`.
        """
        names = [str(event["data"]["node_info"]["unique_id"]) for event in events]
        if strangers := {*self._sent} - {*names}:
            raise Unkept(f"statements of {', '.join(sorted(strangers))}, which has no result")
        for sql in self._of_no_node:  # schemas are made anyhow
            if _writes(sql) and "create schema if not exists" not in sql:
                raise Unkept("a statement of no node changes something")
        nodes = [
            Node(name, dict(event), [s for s in self._sent.get(name, []) if _is_needed(s)])
            for name, event in zip(names, events, strict=True)
        ]
        for node in nodes:
            for statement in node.statements:
                if any(word in statement.sql for word in never):
                    raise Unkept(f"a statement of {node.unique_id} names the run, or a secret")
                if not all(isinstance(value, _PLAIN) for value in statement.bindings or ()):
                    raise Unkept(f"a statement of {node.unique_id} has values that JSON cannot say")
                if statement.asks == "more":
                    raise Unkept(f"{node.unique_id} asks the database for more than a count")
        return nodes


def _asked(columns: Sequence[str], rows: Any) -> str:
    if {"should_warn", "should_error"} <= {name.lower() for name in columns}:
        return "test"
    return "count" if len(columns) == len(rows) == 1 else "more"


def _is_needed(statement: Statement) -> bool:
    """Whether a statement has to be sent again; what a changing one answers is of no use."""
    if _writes(statement.sql):
        statement.asks, statement.is_zero = "", None
        return not _BACKUP.match(_COMMENT.sub("", statement.sql).strip())
    return bool(statement.asks) and not _CATALOG.search(statement.sql)


def _writes(sql: str) -> bool:
    """Whether it changes something, by DuckDB's own grammar; a transaction's ends are set anew."""
    looks = {duckdb.StatementType.SELECT, duckdb.StatementType.TRANSACTION}
    return any(statement.type not in looks for statement in duckdb.extract_statements(sql))

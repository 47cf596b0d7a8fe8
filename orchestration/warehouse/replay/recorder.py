"""Listens to dbt while it builds a part: which statements each node sends, and what was answered.

It reads where the adapter executes, since dbt's log abridges what fills a seed.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from orchestration.warehouse.replay.recording import Node, Statement

# dbt looks these up for itself; `Recording.scene` stands for them.
_CATALOG = re.compile(r"\bduckdb_\w+\(\)|\binformation_schema\.|\(describe ", re.IGNORECASE)
_TRANSACTION = ("BEGIN", "COMMIT")  # as dbt spells them
_BACKUP = re.compile(r"\bdrop \w+ if exists \S+__dbt_backup\" cascade\s*$")


class UnkeptError(Exception):
    """A part that cannot be sent again as it was; the message says why."""


class Recorder:
    """What each node sent, in order. Nodes run side by side; one node stays in one thread."""

    def __init__(self, on_event: Callable[[dict[str, Any]], None]) -> None:
        self.since_ns = time.time_ns()
        self._on_event = on_event
        self._results: list[dict[str, Any]] = []
        self._sent: dict[str, list[Statement]] = {}
        self._last = threading.local()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear all that dbt's DuckDB adapter executes, its answers included."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt_common.events.contextvars import get_node_info

        adapter: Any = DuckDBConnectionManager
        add_query, execute = adapter.add_query, adapter.execute

        def heard(manager: Any, sql: str, *given: Any, **options: Any) -> Any:
            answer = add_query(manager, sql, *given, **options)
            # Values beside the text: a seed that is no plain copy of its file.
            bindings = given[1] if len(given) > 1 else options.get("bindings")
            self._last.statement = Statement(sql=sql, asks="more" if bindings else "")
            name = str(get_node_info().get("unique_id") or "")
            self._sent.setdefault(name, []).append(self._last.statement)
            return answer

        def fetched(manager: Any, sql: str, *given: Any, **options: Any) -> Any:
            response, table = execute(manager, sql, *given, **options)
            if table.column_names and not _writes(sql):
                self._last.statement.asks = _asked(table)
                if self._last.statement.asks == "count":
                    self._last.statement.is_zero = table.rows[0][0] == 0
            return response, table

        adapter.add_query, adapter.execute = heard, fetched
        try:
            yield
        finally:
            adapter.add_query, adapter.execute = add_query, execute

    def hear_result(self, event: dict[str, Any]) -> None:
        """Keep one of dbt's result events, and pass it on."""
        self._results.append(event)
        self._on_event(event)

    def nodes(self, never: Sequence[str]) -> list[Node]:
        """The nodes in the order in which they ended, with what has to be sent again.

        `never`: what may stand in no statement, such as the run's id or a secret.
        Errors: `UnkeptError`, also when a test warned.
        """
        sent, nodes = dict(self._sent), []
        for event in self._results:
            info = event["data"]["node_info"]
            name = info["unique_id"]
            if info["node_status"] not in ("success", "pass"):
                raise UnkeptError(f"{name}: {info['node_status']}")
            nodes.append(Node(unique_id=name, event=event, statements=_needed(sent.pop(name, []))))
        # Schemas are made anyhow.
        changes = [s.sql for rest in sent.values() for s in rest if _writes(s.sql)]
        if any("create schema if not exists" not in sql for sql in changes):
            raise UnkeptError("something without a result changes the database")
        never = [*never, *{event["info"]["invocation_id"] for event in self._results}]
        for node in nodes:
            if any(statement.asks == "more" for statement in node.statements):
                raise UnkeptError(f"{node.unique_id} asks for more than a count, or binds values")
            if any(word in statement.sql for statement in node.statements for word in never):
                raise UnkeptError(f"a statement of {node.unique_id} names the run, or a secret")
        return nodes


def _asked(table: Any) -> str:
    if {"should_warn", "should_error"} <= {name.lower() for name in table.column_names}:
        return "test"
    return "count" if len(table.column_names) == len(table.rows) == 1 else "more"


def _needed(sent: list[Statement]) -> list[Statement]:
    """What has to be sent again. dbt's transactions are kept where dbt commits them: a table that
    is not committed has no statistics, and a join with it may run for hours.

    Errors: `UnkeptError` when changes are taken back.
    """
    needed = [statement for statement in sent if _is_needed(statement)]
    words = [statement.sql for statement in needed if statement.sql in _TRANSACTION]
    if words.count("BEGIN") == words.count("COMMIT"):
        return needed
    if any(_writes(statement.sql) for statement in needed):
        raise UnkeptError("a transaction with changes is not committed")
    return [statement for statement in needed if statement.sql not in _TRANSACTION]


def _is_needed(statement: Statement) -> bool:
    """Whether a statement has to be sent again: it changes something, or its answer decides."""
    if statement.sql in _TRANSACTION:
        return True
    if _writes(statement.sql):
        return not _BACKUP.search(statement.sql)
    return bool(statement.asks) and not _CATALOG.search(statement.sql)


def _writes(sql: str) -> bool:
    """Whether it changes something, by DuckDB's own grammar."""
    looks = {duckdb.StatementType.SELECT, duckdb.StatementType.TRANSACTION}
    return any(statement.type not in looks for statement in duckdb.extract_statements(sql))

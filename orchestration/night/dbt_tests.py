"""What dbt's tests answered in a night: kept as they end, described once for the gates' page."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from expectations.report import DbtTest

_STATUS = {"pass": "passed", "fail": "failed", "warn": "warned", "error": "errored"}
# What dbt's own tests and the project's want of a column.
_WANTED = {
    "not_null": "{columns}: filled in every row",
    "unique": "{columns}: never twice",
    "is_key": "{columns}: filled in every row, and never twice",
    "unique_together": "{columns}: never the same together twice",
    "accepted_values": "{columns}: only known values",
    "relationships": "{columns}: stands in the table that it refers to",
}


class TestAnswer(NamedTuple):
    """One test's answer; `failures` are the rows that are not as they should be."""

    unique_id: str
    layer: str
    status: str
    failures: int | None


def test_answer(event: Mapping[str, Any], layer: str) -> TestAnswer | None:
    """The answer that a result event of dbt's tells; none of what is no test or was skipped."""
    data = event["data"]
    node = data["node_info"]
    status = _STATUS.get(str(data.get("status") or node.get("node_status", "")).lower())
    if node.get("resource_type") != "test" or status is None:
        return None
    # Of a test that passes dbt tells no rows.
    failures = 0 if status == "passed" else data.get("num_failures")
    return TestAnswer(node["unique_id"], layer, status, failures)


def described(answers: Iterable[TestAnswer], manifest: Path) -> list[DbtTest]:
    """The answers with the table that each test is about, and what it wants, in words.

    `manifest`: dbt's, of the project that was built.
    """
    answered = list(answers)
    if not answered:
        return []
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    return [
        DbtTest(
            answer.layer,
            _table(nodes[answer.unique_id]),
            _name(nodes[answer.unique_id]),
            answer.status,
            answer.failures,
        )
        for answer in answered
        if answer.unique_id in nodes
    ]


def _table(test: Mapping[str, Any]) -> str:
    """The table that a test stands beside; of one that stands alone the first that it reads."""
    model = test.get("attached_node") or next(iter(test["depends_on"]["nodes"]), test["name"])
    return str(model).split(".")[-1]


def _name(test: Mapping[str, Any]) -> str:
    asked = test.get("test_metadata") or {}
    arguments = asked.get("kwargs", {})
    arguments = arguments | arguments.get("arguments", {})
    columns = arguments.get("columns") or arguments.get("column_name") or test.get("column_name")
    wanted = _WANTED.get(asked.get("name", ""))
    if wanted is None or not columns:
        return str(test["name"]).removeprefix("assert_").replace("_", " ")
    return wanted.format(columns=columns if isinstance(columns, str) else ", ".join(columns))

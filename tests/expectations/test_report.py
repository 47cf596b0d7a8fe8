"""What blocks a night is the same to Python and to SQL."""

import duckdb
import pytest

from expectations.report import BLOCKS, COLUMNS, GateResult


@pytest.mark.parametrize("severity", ["critical", "warning"])
@pytest.mark.parametrize("status", ["passed", "failed", "errored", "not_applicable"])
def test_sql_asks_what_the_property_says(status: str, severity: str) -> None:
    result = GateResult("core", "orders", "has rows", severity, status, None, None)
    columns, marks = ", ".join(COLUMNS), ", ".join("?" for _ in COLUMNS)
    found = duckdb.execute(
        f"select {BLOCKS} from (values ({marks})) as results ({columns})", result.as_tuple()
    ).fetchone()
    assert found == (result.blocks,)

"""What Dagster shows on an asset besides its description: rows, and the table of the last nights.

Counts only, never values.
"""

from typing import Any

import dagster as dg

from orchestration.night.workbench import Workbench

NIGHTS_SHOWN = 14


def row_metadata(bench: Workbench, layer: str, table: str, rows: int | None) -> dict[str, Any]:
    """Rows of a table now (Dagster plots them over runs) and in the last nights."""
    if rows is None:
        return {}
    past = bench.store.query(
        "select as_of, row_count from table_counts where layer = ?"
        " and table_name = ? and run_id <> ?"
        " order by as_of desc, rowid desc limit ?",
        [layer, table, bench.run_id, NIGHTS_SHOWN],
    )
    records = [{"night": row["as_of"], "rows": row["row_count"]} for row in past]
    return {
        "dagster/row_count": rows,
        "last nights": table_metadata([{"night": "this night", "rows": rows}, *records]),
    }


def findings_metadata(rows: list[dict[str, Any]] | None, plots: dict[str, float]) -> dict[str, Any]:
    """What a step found of a table: its rows, when it shows any, and single numbers,
    which Dagster plots over runs."""
    return {**({"this night": table_metadata(rows)} if rows is not None else {}), **plots}


def table_metadata(rows: list[dict[str, Any]]) -> dg.TableMetadataValue:
    """Rows of one shape as a table in the UI; numbers stay numbers, everything else is text."""
    records = [
        {
            name: value
            if isinstance(value, int | float) and not isinstance(value, bool)
            else str(value)
            for name, value in row.items()
        }
        for row in rows
    ]
    if not records:
        return dg.MetadataValue.table(
            records=[], schema=dg.TableSchema(columns=[dg.TableColumn("nothing", "string")])
        )
    return dg.MetadataValue.table(records=[dg.TableRecord(record) for record in records])

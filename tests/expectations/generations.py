"""Small generations made by hand, for the gate tests."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb
from declared_sources import declared_relations

from expectations.report import GateResult
from ingestion.contracts.contract import all_tables, raw_columns
from ingestion.contracts.reading import load_contracts
from orchestration.warehouse.inputs import Inputs, Relation

AS_OF = datetime(2025, 3, 1)
AS_OF_DATE = date(2025, 2, 28)
SOURCES = {
    table.source: {"enabled": True, "required": True, "freshness_days": 3}
    for table in all_tables(load_contracts())
}
CONTROL = {
    "control.table_counts": {
        "run_id": "VARCHAR",
        "as_of": "VARCHAR",
        "layer": "VARCHAR",
        "table_name": "VARCHAR",
        "row_count": "BIGINT",
    },
    "control.gate_results": {
        name: "VARCHAR"
        for name in (
            "run_id",
            "as_of",
            "layer",
            "table_name",
            "expectation",
            "severity",
            "status",
            "observed",
            "threshold",
            "recorded_at",
        )
    },
    "control.extract_files": {
        "source": "VARCHAR",
        "table_name": "VARCHAR",
        "business_date": "VARCHAR",
        "rows_loaded": "BIGINT",
    },
}
ORDERS = """
    select
        i::bigint as id,
        '#' || i as name,
        case when i % 4 > 0 then 'u' || i || '@example.org' end as email,
        'EUR' as currency,
        false as test,
        (20 + i % 50)::decimal(18, 3) as total_price,
        timestamp '2025-01-05 09:00:00'
            + to_days((i // 200)::int) + to_minutes((i % 200 * 4)::int) as processed_at,
        processed_at as updated_at,
        i // 200 as _arrival,
        timestamp '2025-03-01' as _loaded_at
    from range(11000) as numbers(i)
"""


def generation(
    folder: Path, tables: Mapping[str, str] | None = None, outside: Mapping[str, str] | None = None
) -> Path:
    """Make a generation and its inputs; answer the inputs' path.

    `tables`: `<schema>.<table>` → query that fills it. `outside` the same for relations of schemas
    raw and control; what is not named of the contracts' raw tables is there and empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "gen-test.duckdb"
    with duckdb.connect(str(file)) as connection:
        for name, query in (tables or {}).items():
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.execute(f"create table {name} as {query}")
    relations = {
        f"raw.{table.raw_name}": Relation(raw_columns(table))
        for table in all_tables(load_contracts())
    }
    relations |= {name: Relation(columns) for name, columns in CONTROL.items()}
    relations |= declared_relations(folder)
    with duckdb.connect() as connection:
        for name, query in (outside or {}).items():
            path = folder / f"{name}.parquet"
            connection.execute(f"copy (select * from ({query})) to '{path}' (format parquet)")
            columns = connection.execute(f"describe select * from '{path}'").fetchall()
            known = (
                relations[name].columns
                if name in relations
                else {column[0]: column[1] for column in columns}
            )
            present = {column[0] for column in columns}
            missing = {column: kind for column, kind in known.items() if column not in present}
            if missing:
                extra = ", ".join(
                    f'cast(null as {kind}) as "{column}"' for column, kind in missing.items()
                )
                connection.execute(
                    f"copy (select *, {extra} from ({query})) to '{path}' (format parquet)"
                )
            relations[name] = Relation(known, (str(path),))
    key_file = folder / "installation.key"
    key_file.write_text("0" * 64, encoding="ascii")
    inputs = Inputs(
        run_id="test",
        as_of=AS_OF,
        as_of_date=AS_OF_DATE,
        generation=file,
        key_file=key_file,
        variables={"shop_time_zone": "Europe/Berlin", "reporting_currency": "EUR"},
        relations=relations,
    )
    return inputs.save(folder / "inputs.json")


def by_name(results: tuple[GateResult, ...], table: str) -> dict[str, GateResult]:
    """Results of one table by the name of their expectation."""
    return {result.expectation: result for result in results if result.table == table}


def checkouts(rows: int, extra: str = "") -> dict[str, str]:
    """A core and a staging table that agree on the number of checkouts."""
    return {
        "core.checkouts": (
            "select 'c' || i as customer_id, i % 2 = 0 as is_completed, 1.5 as total_amount"
            f" from range({rows}) as n(i)"
        ),
        "staging.stg_shopify__checkouts": (
            f"select 1.5 as total_amount from range({rows}) as n(i) {extra}"
        ),
    }

"""What the sources and the owner declare, as relations that dbt reads: source('declared', …)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contracts.accounts import Account, account_identifier_types, renamed_types
from ingestion.contracts.contract import SourceContract
from orchestration.settings_rates import OwnerRate
from orchestration.warehouse.inputs import Relation

# Table of schema `declared` → its columns.
COLUMNS = {
    # `shop_name` is the source of orders whose order numbers and logins the account names.
    # `charges_are_orders`: of a payment provider, whose charges no shop may know.
    "accounts": {
        "source_name": "varchar",
        "kind": "varchar",
        "shop_name": "varchar",
        "charges_are_orders": "boolean",
    },
    "record_kinds": {
        "record_kind": "varchar",
        "source_name": "varchar",
        "trust_rank": "integer",
        "touch": "varchar",
        "is_trace": "boolean",
    },
    "identifier_types": {
        "identifier_type": "varchar",
        "priority": "integer",
        "is_strong": "boolean",
        "normalisation": "varchar",
        "is_account": "boolean",
        "max_holders": "integer",
        "max_per_customer": "integer",
        "match_confidence": "decimal(4,2)",
        "description": "varchar",
    },
    # The types that are logins of shops.
    "login_types": {"identifier_type": "varchar"},
    # One unit of a currency is `rate` units of the other, from the first day to before the last.
    "owner_rates": {
        "currency_code": "varchar",
        "other_currency_code": "varchar",
        "rate": "decimal(20,10)",
        "valid_from": "date",
        "valid_to": "date",
    },
    # Of the types that a source's staging models name, those that count as another.
    "renamed_identifier_types": {
        "source_name": "varchar",
        "named_type": "varchar",
        "identifier_type": "varchar",
    },
}
_ARROW = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "decimal(20,10)": pa.decimal128(20, 10),
}


def export_declared(
    kinds: Mapping[str, SourceContract],
    accounts: Mapping[str, Account],
    rates: Iterable[OwnerRate],
    folder: Path,
) -> dict[str, Relation]:
    """Write the tables of schema `declared` to `folder`; returns them as relations."""
    types = account_identifier_types(kinds, accounts)
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [
            {
                "source_name": account.name,
                "kind": account.kind,
                "shop_name": account.shop,
                "charges_are_orders": account.charges_are_orders,
            }
            for account in accounts.values()
        ],
        "record_kinds": [
            {"record_kind": f"{account.name}_{name}", "source_name": account.name, **dict(kind)}
            for account in accounts.values()
            for name, kind in kinds[account.kind].record_kinds.items()
        ],
        "identifier_types": [
            {"identifier_type": name, **declared.model_dump(exclude={"is_login"})}
            for name, declared in types.items()
        ],
        "login_types": [
            {"identifier_type": name} for name, declared in types.items() if declared.is_login
        ],
        "owner_rates": [asdict(rate) for rate in rates],
        "renamed_identifier_types": [
            {"source_name": source, "named_type": named, "identifier_type": counts}
            for source, named, counts in renamed_types(kinds, accounts)
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    relations = {}
    for table, columns in COLUMNS.items():
        path = folder / f"{table}.parquet"
        # A share is a float in YAML; the relation's view casts it to the decimal that is declared.
        schema = pa.schema(
            [(name, _ARROW.get(kind, pa.float64())) for name, kind in columns.items()]
        )
        pq.write_table(pa.Table.from_pylist(rows[table], schema=schema), path)
        relations[f"declared.{table}"] = Relation(columns, (str(path),))
    return relations

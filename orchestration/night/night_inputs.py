"""What a night's generation is made of: the files, histories and variables as the settings,
the ledger and the night's date have them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from ingestion.contracts.contract import SourceContract, raw_columns
from ingestion.layers import RAW
from ingestion.load.loader import raw_files, raw_ranks
from orchestration.control.installation_key import installation_key
from orchestration.control.store import ControlStore
from orchestration.layers import STEP_TABLES
from orchestration.settings import Settings
from orchestration.steps.run import STEP_COLUMNS
from orchestration.warehouse.declared import export_declared
from orchestration.warehouse.histories import customer_ids, export_histories
from orchestration.warehouse.inputs import Inputs, Relation


def night_inputs(
    settings: Settings,
    store: ControlStore,
    *,
    run_id: str,
    as_of: datetime,
    as_of_date: date,
    generation: Path,
    scratch: Path,
) -> Inputs:
    """All but raw, which is known after the load. Histories are written below `scratch`."""
    steps = [table for step in STEP_TABLES.values() for table in step]
    return Inputs(
        run_id=run_id,
        as_of=as_of,
        as_of_date=as_of_date,
        generation=generation,
        key_file=installation_key(settings.home, store),
        variables={
            "shop_time_zone": settings.shop.time_zone,
            "shop_currency": settings.shop_currency,
            "reporting_currency": settings.reporting_currency,
            "gross_margin": str(settings.gross_margin),
            "shipping_margin": str(settings.shipping_margin),
            "match_sources": ",".join(settings.matched_sources),
            "match_threshold": str(settings.match_threshold),
        },
        relations={
            **export_histories(store, scratch / "control", as_of),
            **export_declared(
                settings.kinds, settings.accounts, settings.owner_rates, scratch / "declared"
            ),
            "ids.customer_ids": customer_ids(store, settings.home.ids, as_of),
            **step_relations(scratch, steps),
        },
        limits=settings.limits,
        accounts=tuple(settings.accounts.values()),
    )


def step_relations(scratch: Path, tables: Iterable[str]) -> dict[str, Relation]:
    """What steps write below `scratch`, there already or not."""
    return {
        f"steps.{table}": Relation(
            STEP_COLUMNS[table], (str(scratch / "steps" / f"{table}.parquet"),)
        )
        for table in tables
    }


def raw_relations(
    settings: Settings,
    store: ControlStore,
    contracts: Mapping[str, SourceContract],
    as_of: datetime,
) -> dict[str, Relation]:
    """Every contract's tables with the files that a night reads; a source that is switched off
    has none."""
    files, ranks = raw_files(store, as_of), raw_ranks(store, as_of)
    enabled = set(settings.enabled_sources)
    relations = {}
    for source in contracts.values():
        for table in source.tables.values():
            name = f"{source.name}_{table.name}"
            paths = files.get(name, []) if source.name in enabled else []
            relations[f"{RAW}.{name}"] = Relation(
                raw_columns(table),
                tuple(settings.raw.at(path) for path in paths),
                ranks.get(name),
            )
    return relations

"""The raw layer: extracts as they were delivered, typed and checked, one Parquet file per file."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from ingestion.layers import RAW
from ingestion.load.report import FileOutcome
from orchestration.defs.checks import guarded
from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.metadata import row_metadata, table_metadata
from orchestration.defs.pull import pulled_tables
from orchestration.defs.resources import NightResource
from orchestration.settings import load_settings

FILES_SHOWN = 50


def definitions(models: DbtModels) -> list[Any]:
    """One asset per table of every contract, and the gate."""
    pulled = pulled_tables()
    specs = [
        dg.AssetSpec(
            key=dg.AssetKey([RAW, f"{source.name}_{table.name}"]),
            group_name=RAW,
            description=f"{table.description} {source.description}",
            owners=[f"team:{source.owner.replace(' ', '-')}"],
            kinds={"parquet"},
            deps=[pulled[table.raw_name]] if table.raw_name in pulled else [],
        )
        for source in load_settings().contracts.values()
        for table in source.tables.values()
    ]

    @dg.multi_asset(name="raw", specs=specs)
    def load(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        with night.step("raw"):
            report = night.night.load()
            counts = night.workbench.count_rows(RAW)
            for spec in specs:
                table = spec.key.path[-1]
                yield dg.MaterializeResult(
                    asset_key=spec.key,
                    metadata={
                        **row_metadata(night.workbench, RAW, table, counts[table]),
                        "files of this night": table_metadata(
                            [_file(o) for o in report.outcomes if o.raw_table == table][
                                :FILES_SHOWN
                            ]
                        ),
                        "quarantined this night, by reason": table_metadata(
                            [
                                {"reason": reason, "rows": rows}
                                for reason, rows in report.reasons.get(table, {}).items()
                            ]
                        ),
                        "rows that wait in quarantine": table_metadata(
                            [
                                {"reason": reason, "rows": rows}
                                for reason, rows in report.in_quarantine.get(table, {}).items()
                            ]
                        ),
                        "drift": table_metadata(
                            [
                                {"kind": kind, "what": what}
                                for kind, found in report.drift.get(table, {}).items()
                                for what in found
                            ][:FILES_SHOWN]
                        ),
                    },
                )

    return guarded(RAW, [load])


def _file(outcome: FileOutcome) -> dict[str, Any]:
    """One extract as the UI shows it; reasons name the file and the remedy, never a value."""
    shown = ("path", "status", "business_date", "rows", "loaded", "quarantined", "attested")
    return {name: getattr(outcome, name) for name in shown} | {"reason": outcome.reason or ""}

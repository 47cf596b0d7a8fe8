"""The gates as Dagster sees them: one blocking check on each guarded table,
all tables of one build in one op."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from expectations.catalog import guarded_tables
from expectations.report import FindingOfRule, GateResult
from orchestration.defs.metadata import table_metadata
from orchestration.defs.resources import NightResource
from orchestration.night.findings import TABLE as FINDINGS
from orchestration.settings import load_settings


def guarded(layer: str, builds: Iterable[dg.AssetsDefinition]) -> list[Any]:
    """Each build followed by the gate behind it:
    nothing downstream starts until every critical expectation on its tables held."""
    parts: list[Any] = []
    accounts = {name: account.kind for name, account in load_settings().accounts.items()}
    for build in builds:
        tables = [
            table
            for table in guarded_tables(layer, accounts)
            if dg.AssetKey([layer, table]) in build.keys
        ]
        parts += [build, _gate(build.node_def.name, layer, tables)] if tables else [build]
    return parts


def _gate(build: str, layer: str, tables: list[str]) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            name="gate",
            asset=dg.AssetKey([layer, table]),
            blocking=True,
            description=(
                "Great Expectations at the layer's boundary: volume, freshness,"
                " distributions, reconciliation."
            ),
        )
        for table in tables
    ]

    @dg.multi_asset_check(name=f"{build}_gate", specs=specs, can_subset=True)
    def gate(
        context: dg.AssetCheckExecutionContext, night: NightResource
    ) -> Iterator[dg.AssetCheckResult]:
        keys = sorted(context.selected_asset_check_keys)
        with night.step(f"{build} gate"):
            results = night.workbench.check(layer, [key.asset_key.path[-1] for key in keys])
            by_table: dict[str, list[GateResult]] = defaultdict(list)
            for result in results:
                by_table[result.table].append(result)
            for key in keys:
                table = key.asset_key.path[-1]
                more = _findings(night.workbench.findings) if table == FINDINGS else {}
                yield _show(key, by_table[table], more)
            night.workbench.enforce(results)

    return gate


def _findings(findings: list[FindingOfRule]) -> dict[str, Any]:
    rows = [
        {
            "rule": found.rule,
            "table": found.table,
            "findings": found.number,
            "since": found.since or "",
            "first keys": ", ".join(found.first_keys),
            "what is wrong": found.explanation,
            "what to do": found.remedy,
        }
        for found in findings
    ]
    return {"findings": table_metadata(rows)}


def _show(
    key: dg.AssetCheckKey, results: list[GateResult], more: dict[str, Any]
) -> dg.AssetCheckResult:
    blocking = [result for result in results if result.blocks]
    warned = [result for result in results if result.warns]
    shown = [
        {
            name: getattr(result, name) or ""
            for name in ("status", "severity", "expectation", "observed", "threshold")
        }
        for result in results
    ]
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not blocking and not warned,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={
            "expectations": table_metadata(shown),
            "failed": len(blocking),
            "warned": len(warned),
            "not applicable": sum(result.status == "not_applicable" for result in results),
            **more,
        },
    )

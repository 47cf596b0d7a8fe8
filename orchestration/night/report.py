"""The night's report as data: what the printed summary,
Dagster's metadata and the figures are made from."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import duckdb

from ingestion.layers import PATH
from ingestion.load.report import LoadReport
from ingestion.raw.reconcile import LEFTOVER_DAYS, LEFTOVERS
from ingestion.times import utc_now
from orchestration.control.store import ControlStore
from orchestration.night.findings import count_changes, findings_that_wait
from orchestration.night.night import Night
from orchestration.night.truth import stitching_quality
from orchestration.night.workbench import without_values
from orchestration.warehouse.connection import connect

APPROVE = "clientele holds approve"
RELOAD = "clientele reload"
SYNC_COUNTS = (
    *("candidates", "added", "changed", "removed", "unchanged", "acknowledged", "withheld"),
    *("held", "rejected", "invalid", "unknown", "unsent", "requests"),
)


def make_report(night: Night) -> dict[str, Any]:
    """Everything worth knowing of a night, however it ended."""
    identity, money, findings = _figures(night)
    waiting = _waiting(night)
    status, exit_code = night.outcome(waits=bool(waiting))
    report: dict[str, Any] = {
        "status": status,
        "exit_code": exit_code,
        "kind": night.kind,
        "as_of": night.as_of.isoformat(),
        "run_id": night.run_id,
        "started_at": night.started_at,
        "finished_at": utc_now(),
        **night.meter.totals(),
        "steps": night.meter.steps,
        "files": _files(night),
        "pulls": [asdict(outcome) for outcome in night.pull_outcomes],
        # Parts that were sent again from kept statements; of others that were kept, why not.
        "parts": night.dbt.notes,
        "rows": _rows_by_layer(night),
        "quarantined": night.load_report.reasons if night.load_report else {},
        "in_quarantine": night.load_report.in_quarantine if night.load_report else {},
        "drift": night.load_report.drift if night.load_report else {},
        "leftovers": night.load_report.leftovers if night.load_report else (),
        "identity": identity,
        "money": money,
        "findings": findings,
        "gates": dict.fromkeys(("passed", "warned", "failed", "errored", "not_applicable"), 0)
        | _gate_counts(night),
        "syncs": [
            {"name": r.sync, "destination": r.destination, "status": r.status} | _counts(r)
            for r in night.sync_results
        ],
        "waiting": waiting,
        "refusals": night.refusals,
        "errors": night.errors,
        "generation": night.generations.file(night.run_id).name if night.sealed else None,
        "content_hash": night.sealed.content_hash if night.sealed else None,
    }
    return report


def _figures(night: Night) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Customers, money and findings of a sealed generation; a report without them is better than
    none."""
    if not night.sealed:
        return {}, {}, {}
    try:
        connection = connect(night.inputs.without_raw())
        try:
            return (
                _identity(connection, night),
                _money(connection, night),
                count_changes(connection, night.generations, night.run_id),
            )
        finally:
            connection.close()
    except (duckdb.Error, OSError) as error:
        night.errors.append(f"the report's figures: {without_values(str(error))}")
        return {}, {}, {}


def _files(night: Night) -> dict[str, int]:
    if night.load_report is None:
        return {}
    report = night.load_report
    new = sum(outcome.is_new for outcome in report.loaded)
    return {
        "loaded": new,
        "unchanged": report.unchanged,
        "as they were before": len(report.returned),
        "taken back": len(report.forgotten),
        "refused": len(report.refused),
        "held": len(report.held),
        "contested": len(report.with_status("contested")),
        "waiting for a later night": len(report.waiting),
        "of no known name": len(report.unknown),
    }


def _rows_by_layer(night: Night) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {layer: {} for layer in PATH}
    for name, count in night.rows.items():
        layer, table = name.split(".")
        rows[layer][table] = count
    return rows


def _gate_counts(night: Night) -> dict[str, int]:
    return dict(Counter(result.kind for result in night.gate_results))


def _counts(result: Any) -> dict[str, int]:
    return {name: getattr(result, name) for name in SYNC_COUNTS}


def _identity(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, Any]:
    records, customers = connection.execute(
        "select count(*), count(distinct customer_id) from identity.identity_map"
    ).fetchall()[0]
    largest = connection.execute(
        "select coalesce(max(n), 0)"
        " from (select count(*) as n from identity.identity_map group by customer_id)"
    ).fetchall()[0][0]
    refusals = connection.execute(
        "select reason, count(*) from identity.identifier_rejections"
        " group by reason order by reason"
    ).fetchall()
    return {
        "records": records,
        "customers": customers,
        "largest_customer_records": largest,
        "refusals": dict(refusals),
        **stitching_quality(connection, night.home.truth),
    }


def _money(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, Any]:
    orders, revenue, refunds = connection.execute(
        "select count(*) filter (where is_purchase), coalesce(sum(net_revenue), 0),"
        " coalesce(sum(refunded_revenue), 0) from core.orders"
    ).fetchall()[0]
    differences = connection.execute("select count(*) from marts.payment_differences").fetchall()[
        0
    ][0]
    buyers, historic, predicted, fallbacks = connection.execute(
        """
        select
            count(*),
            coalesce(sum(historic_revenue), 0),
            coalesce(sum(predicted_revenue_365_days), 0),
            count(*) filter (where is_fallback)
        from marts.customer_lifetime_values
        """
    ).fetchall()[0]
    return {
        "currency": night.settings.reporting_currency,
        "orders": orders,
        "revenue": str(revenue),
        "refunds": str(refunds),
        "differences": differences,
        "buyers": buyers,
        "historic_ltv": str(historic),
        "predicted_revenue_365_days": str(predicted),
        "fallback_customers": fallbacks,
        "bridge": _bridge(connection, night.as_of),
    }


def _bridge(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[tuple[str, str]]:
    """On the first night of a definition of revenue: the steps from what the home published
    before it, as (step, amount)."""
    steps = connection.execute(
        "select step, amount from marts.definition_bridge"
        " where not exists (select 1 from marts.month_revisions where as_of < ?)"
        " order by step_number",
        [as_of.astimezone(UTC).replace(tzinfo=None)],
    ).fetchall()
    return [(step, str(amount)) for step, amount in steps]


def waiting_holds(store: ControlStore) -> list[dict[str, str]]:
    """Holds that nobody has decided yet, each with the command for it."""
    rows = store.query(
        "select hold_id, sync, reason from holds where status = 'waiting' order by hold_id"
    )
    return [
        {
            "what": f"sync {row['sync']} is held: {row['reason']}",
            "command": f"{APPROVE} {row['hold_id']}",
        }
        for row in rows
    ]


def _not_named(night: Night) -> list[dict[str, str]]:
    """Sources that deliver and that the settings do not name, neither as on nor as off."""
    paths = night.load_report.switched_off if night.load_report else ()
    files = Counter(path.split("/")[0] for path in paths)
    return [
        {
            "what": (
                f"source {source}: its {count:,} {'file is' if count == 1 else 'files are'}"
                f" not read, since {night.settings.file}"
                f" does not name it; write `{source}: {{enabled: true}}` under its sources,"
                " or enabled: false to leave them"
            ),
            "command": "clientele nightly",
        }
        for source, count in sorted(files.items())
        if source in night.contracts and source not in night.settings.sources
    ]


def _missed(report: LoadReport) -> list[dict[str, str]]:
    """Files of raw that are in no table any more: an older control store does not know them."""
    if not report.missed:
        return []
    return [
        {
            "what": (
                f"raw: {len(report.missed):,} files that the ledger does not name, and that no"
                f" extract brought again, are kept in {LEFTOVERS} for {LEFTOVER_DAYS} days,"
                f" the first is {report.missed[0]}; if an older control store was restored,"
                " restore the newer one and move them back"
            ),
            "command": "clientele nightly",
        }
    ]


def _waiting(night: Night) -> list[dict[str, str]]:
    """What needs a person, each with the command for it."""
    failed = [outcome for outcome in night.pull_outcomes if outcome.status == "failed"]
    waiting = [
        {"what": f"pull {outcome.pull}: {outcome.message}", "command": "clientele nightly"}
        for outcome in failed
    ]
    if night.load_report:
        aside = [f"{file.path}: {file.reason}" for file in night.load_report.set_aside]
        unknown = [f"{file.path}: {file.remedy}" for file in night.load_report.unknown]
        waiting += [
            {"what": what, "command": "clientele status --files"} for what in aside + unknown
        ]
        waiting += _not_named(night)
        waiting += _missed(night.load_report)
        for source, version, files in night.load_report.outdated:
            current = night.contracts[source].version
            why = (
                f"as version {version} of its contract had them, it is {current} now;"
                " columns that are new are empty in them"
                if version < current
                else "with times of another time zone than the source has now"
            )
            waiting.append(
                {
                    "what": f"source {source}: {files:,} files are in raw {why}",
                    "command": f"{RELOAD} {source}",
                }
            )
    waiting += findings_that_wait(night.gate_results)
    if night.published:
        waiting += [
            {"what": f"published, but afterwards: {error}", "command": "clientele nightly"}
            for error in night.errors
        ]
    waiting += waiting_holds(night.store)
    for result in night.sync_results:
        if result.needs_attention and result.status != "held":
            waiting.append(
                {
                    "what": f"sync {result.sync}: {result.message or result.status}",
                    "command": "clientele status --syncs",
                }
            )
    return waiting

"""Inputs of small generations, for tests of the warehouse."""

from datetime import date, datetime
from pathlib import Path

from orchestration.warehouse.generations import Generations
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS
from orchestration.warehouse.inputs import Inputs, Relation

AS_OF = datetime(2026, 6, 30, 22)
# A mart that publishing reads.
BACKTESTS = (
    "create table clientele.marts.ltv_backtests (origin_date date, horizon_days integer, days_back"
    " integer, model varchar, segment varchar, is_chosen boolean, customers_count integer,"
    " actual_orders integer, expected_orders decimal(18, 4), actual_to_expected decimal(12, 4),"
    " rmse decimal(12, 4), mae decimal(12, 4), rank_correlation decimal(6, 4),"
    " money_definition integer)"
)
# A history that publishing reads.
HISTORIES = {
    "control.finding_changes": Relation(
        dict.fromkeys(("finding_id", "change", "as_of", "run_id"), "varchar")
    )
}
# The least that publishing, delivering and reporting read of each layer.
TABLES = {
    "identity": [
        (
            "create table clientele.identity.identity_map as"
            " select 'consent_records:1' as record_id, 'c_1' as customer_id"
        ),
        "create table clientele.identity.identifier_rejections (reason varchar)",
    ],
    "core": [
        (
            "create table clientele.core.orders (net_revenue decimal(18, 2),"
            " refunded_revenue decimal(18, 2), is_purchase boolean)"
        ),
        (
            "create table clientele.core.consents (contact_point varchar, channel varchar,"
            " purpose varchar, state varchar)"
        ),
        (
            "create table clientele.core.exclusions (contact_point varchar, purpose varchar,"
            " consequence varchar)"
        ),
        (
            "create table clientele.core.findings (finding_id varchar, rule varchar,"
            " severity varchar, table_name varchar, key varchar, amount decimal(18, 3),"
            " currency_code varchar, explanation varchar, remedy varchar)"
        ),
        (
            "create table clientele.core.finding_shares (rule varchar, table_name varchar,"
            " rows_share decimal(9, 4))"
        ),
    ],
    "marts": [
        "create table clientele.marts.payment_differences (order_id varchar)",
        (
            "create table clientele.marts.month_revisions (calendar_month date,"
            " currency_code varchar, orders_count integer,"
            " gross_revenue decimal(18, 2), net_revenue decimal(18, 2), as_of timestamp,"
            " money_definition integer)"
        ),
        (
            "create table clientele.marts.definition_bridge (step_number integer, step varchar,"
            " amount decimal(18, 2))"
        ),
        BACKTESTS,
        (
            "create table clientele.marts.customer_lifetime_values"
            " (historic_revenue decimal(18, 2), predicted_revenue_365_days decimal(18, 2),"
            " is_fallback boolean)"
        ),
    ],
    "segments": [
        "create table clientele.segments.membership_changes"
        " (segment varchar, customer_id varchar, change varchar,"
        " segment_version integer, as_of timestamp)",
    ],
}


def make_inputs(
    folder: Path, run_id: str = "one", relations: dict[str, Relation] | None = None
) -> Inputs:
    key = folder / "key"
    key.write_text("00ff", encoding="ascii")
    generations = Generations(folder / "generations")
    inputs = Inputs(
        run_id=run_id,
        as_of=AS_OF,
        as_of_date=date(2026, 6, 30),
        generation=generations.file(run_id),
        key_file=key,
        variables={"shop_time_zone": "Europe/Berlin"},
        relations=HISTORIES | (relations or {"ids.customer_ids": Relation(CUSTOMER_ID_COLUMNS)}),
    )
    inputs.save(generations.inputs(run_id))
    return inputs

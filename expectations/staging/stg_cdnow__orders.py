"""staging.stg_cdnow__orders: purchases and their dollars against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of CDNOW's purchases."""
    raw = "raw_by_kind.cdnow_purchases"
    newest = (
        f"select dollars from {raw} qualify row_number() over (partition by _source, purchase_id"
        " order by _arrival desc, _line_number desc) = 1"
    )
    return Suite(
        (
            *volume(gate),
            equal(
                "purchases of raw and of staging",
                "count(*)",
                f"select count(distinct (_source, purchase_id)) from {raw}",
            ),
            equal(
                "dollars of raw and of staging",
                "sum(gross_amount)",
                f"select sum(dollars) from ({newest})",
                unit="dollars",
            ),
        ),
        sources=("cdnow",),
    )

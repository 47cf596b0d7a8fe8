"""staging.stg_online_retail__ledger_lines: lines and pounds of the ledger against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the Online Retail ledger."""
    raw = "raw_by_kind.online_retail_invoice_lines"
    last = "row_number() over (partition by line_id order by _arrival desc, _line_number desc) = 1"
    newest = f"select quantity * unit_price as amount from {raw} qualify {last}"
    return Suite(
        (
            *volume(gate),
            equal(
                "lines of raw and of staging",
                "count(*)",
                f"select count(distinct line_id) from {raw}",
            ),
            equal(
                "pounds of raw and of staging", "sum(amount)", f"select sum(amount) from ({newest})"
            ),
        ),
        sources=("online_retail",),
    )

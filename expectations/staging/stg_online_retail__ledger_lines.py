"""staging.stg_online_retail__ledger_lines: lines and pounds of the ledger against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the Online Retail ledger."""
    raw = "raw_by_kind.online_retail_invoice_lines"
    newest = (
        f"select quantity * unit_price as amount from {raw} qualify row_number() over ("
        "partition by _source, line_id order by _arrival desc, _line_number desc) = 1"
    )
    return Suite(
        (
            *volume(gate),
            equal(
                "lines of raw and of staging",
                "count(*)",
                f"select count(distinct (_source, line_id)) from {raw}",
            ),
            equal(
                "pounds of raw and of staging",
                "sum(amount)",
                f"select sum(amount) from ({newest})",
                unit="pounds",
            ),
        ),
        sources=("online_retail",),
    )

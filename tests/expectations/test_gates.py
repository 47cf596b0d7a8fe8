"""What a gate answers about good, bad, empty, missing and broken tables,
through the helper process."""

from pathlib import Path

import pytest

from orchestration.night.gate_process import GateError, GateProcess
from tests.expectations.generations import ORDERS, SOURCES, by_name, checkouts, generation

CANARY = "canary.7f3a@example.org"


def test_good_raw_table_passes_every_guard(gates: GateProcess, tmp_path: Path) -> None:
    inputs = generation(tmp_path, outside={"raw.shopify_orders": ORDERS})
    report = gates.check("raw", inputs, sources=SOURCES, tables=["shopify_orders"])
    assert not report.blocked and not report.warnings, report.results
    results = by_name(report.results, "shopify_orders")
    assert results["has rows"].observed == "11000"
    assert results["newest content is fresh"].observed == "0"
    assert results["rows per key"].observed == "1"
    assert results["rows with email"].observed == "0.75"
    assert results["order value in the newest file against before"].status == "passed"
    assert results["orders of the newest file by hour as before"].observed == "1"


@pytest.mark.parametrize(
    ("defect", "expectation", "status"),
    [
        (
            "i >= 10800 and email is not null, null, email",
            "email is filled in the newest file as before",
            "failed",
        ),
        (
            "i >= 10800 and email is not null, 'info@shop.example', email",
            "email has as many values in the newest file as before",
            "failed",
        ),
        (
            "i >= 10800, total_price * 100, total_price",
            "order value in the newest file against before",
            "failed",
        ),
        (
            "i >= 10800, total_price * 3, total_price",
            "order value in the newest file as usual",
            "failed",
        ),
        (
            "i >= 10800, processed_at + interval 9 hour, processed_at",
            "orders of the newest file by hour as before",
            "failed",
        ),
        ("true, updated_at - interval 10 day, updated_at", "newest content is fresh", "failed"),
        ("i = 5, timestamp '2025-03-02', _loaded_at", "nothing was loaded in the future", "failed"),
        ("i < 500, timestamp '2031-01-01', updated_at", "times lie before their arrival", "failed"),
        ("true, (i % 100)::bigint, id", "rows per key", "failed"),
    ],
)
def test_defects_in_raw_are_seen(
    gates: GateProcess, tmp_path: Path, defect: str, expectation: str, status: str
) -> None:
    condition, bad, column = defect.rsplit(", ", 2)
    numbered = ORDERS.replace("i::bigint as id", "i, i::bigint as id")
    query = (
        f"select * replace (case when {condition} then {bad} else {column} end as {column})"
        f" from ({numbered})"
    )
    inputs = generation(
        tmp_path, outside={"raw.shopify_orders": f"select * exclude (i) from ({query})"}
    )
    results = by_name(
        gates.check("raw", inputs, sources=SOURCES, tables=["shopify_orders"]).results,
        "shopify_orders",
    )
    assert results[expectation].status == status, results[expectation]


def test_half_a_day_and_a_day_twice_warn(gates: GateProcess, tmp_path: Path) -> None:
    for share, name in (("id % 3 = 0", "smallest"), ("true", "largest")):
        last = "_arrival = 54"
        query = f"select * from ({ORDERS}) where not {last} or {share}"
        if name == "largest":
            copies = " union all ".join(f"select * from ({ORDERS}) where {last}" for _ in range(2))
            query = f"{query} union all {copies}"
        inputs = generation(tmp_path / name, outside={"raw.shopify_orders": query})
        report = gates.check("raw", inputs, sources=SOURCES, tables=["shopify_orders"])
        found = by_name(report.results, "shopify_orders")[
            f"last day against the {name} of four weeks"
        ]
        assert (found.status, found.severity) == ("failed", "warning"), found
        assert not report.blocked


def test_empty_table_never_passes(gates: GateProcess, tmp_path: Path) -> None:
    inputs = generation(tmp_path)
    off = {**SOURCES, "web": {"enabled": False}, "hubspot": {"enabled": True, "required": False}}
    report = gates.check("raw", inputs, sources=off)
    status = {
        table: by_name(report.results, table)["has rows"]
        for table in {result.table for result in report.results}
    }
    assert (status["shopify_orders"].status, status["shopify_orders"].severity) == (
        "failed",
        "critical",
    )
    assert (status["hubspot_contacts"].status, status["hubspot_contacts"].severity) == (
        "failed",
        "warning",
    )
    assert status["web_events"].status == "not_applicable" and "switched off" in str(
        status["web_events"].threshold
    )
    assert (
        status["shopify_refunds"].status == "not_applicable"
        and status["shopify_refunds"].threshold == "may be empty"
    )
    assert "passed" not in {result.status for result in report.results}
    assert report.blocked


def test_rows_across_layers_must_agree(gates: GateProcess, tmp_path: Path) -> None:
    good = gates.check(
        "core",
        generation(tmp_path / "good", checkouts(100)),
        sources=SOURCES,
        tables=["checkouts"],
    )
    assert not good.blocked
    lost = gates.check(
        "core",
        generation(tmp_path / "lost", checkouts(100, "union all select 0")),
        sources=SOURCES,
        tables=["checkouts"],
    )
    assert [result.expectation for result in lost.blocking] == ["rows of staging and of core"]
    assert lost.blocking[0].observed == "1" and "rows of staging and of core" in lost.message()


def test_rows_lost_whole_are_seen_where_a_table_may_be_empty(
    gates: GateProcess, tmp_path: Path
) -> None:
    tables = {
        **checkouts(30),
        "core.checkouts": f"select * from ({checkouts(1)['core.checkouts']}) where false",
    }
    lost = gates.check(
        "core", generation(tmp_path / "lost", tables), sources=SOURCES, tables=["checkouts"]
    )
    assert {result.expectation: result.observed for result in lost.blocking} == {
        "rows of staging and of core": "30",
        "money of staging and of core": "45",
    }
    empty = {name: f"select * from ({query}) where false" for name, query in checkouts(1).items()}
    none = gates.check(
        "core", generation(tmp_path / "none", empty), sources=SOURCES, tables=["checkouts"]
    )
    assert {result.status for result in none.results} == {"not_applicable"}


def test_missing_table_and_missing_column_are_errors_not_failures(
    gates: GateProcess, tmp_path: Path
) -> None:
    tables = checkouts(100)
    tables["core.checkouts"] = "select 1.5 as total_amount from range(100) as n(i)"
    report = gates.check(
        "core", generation(tmp_path, tables), sources=SOURCES, tables=["checkouts", "sessions"]
    )
    missing_table = by_name(report.results, "sessions")["has rows"]
    assert (
        missing_table.status == "errored"
        and missing_table.blocks
        and "not in this generation" in str(missing_table.observed)
    )
    results = by_name(report.results, "checkouts")
    broken = results["completed checkouts"]
    assert broken.status == "errored" and broken.severity == "warning" and broken.blocks
    assert "is_completed" in str(broken.observed)
    # One broken guard takes none of the others with it.
    assert results["rows of staging and of core"].status == "passed"


def test_no_value_of_the_data_comes_out(gates: GateProcess, tmp_path: Path) -> None:
    tables = {
        "core.customers": f"""
            select
                '{CANARY}' as customer_id,
                true as is_identified,
                '{CANARY} x' as email,
                '{CANARY}' as phone,
                as_of as last_seen_at
            from (select timestamp '2025-02-01' as as_of)
        """,
        "identity.identity_map": f"select '{CANARY}' as customer_id",
    }
    # DuckDB quotes a text that is no timestamp in its message.
    orders = f"select * replace ('{CANARY}' as updated_at) from ({ORDERS})"
    inputs = generation(tmp_path, tables, {"raw.shopify_orders": orders})
    core = gates.check("core", inputs, sources=SOURCES, tables=["customers"])
    customers = by_name(core.results, "customers")
    for name in ("e-mail addresses look like it", "phone numbers are in E.164"):
        assert (customers[name].status, customers[name].observed) == ("failed", "1")
    raw = gates.check("raw", inputs, sources=SOURCES, tables=["shopify_orders"])
    fresh = by_name(raw.results, "shopify_orders")["newest content is fresh"]
    assert fresh.status == "errored"
    assert fresh.observed is not None
    assert fresh.observed.endswith("(its text is withheld: it may quote a value)")
    assert "canary" not in repr(core) + repr(raw)


def test_history_of_good_nights_sets_the_bounds(gates: GateProcess, tmp_path: Path) -> None:
    nights = (
        "select 'run' || i as run_id, '2025-02-0' || i as as_of, 'core' as layer,"
        " 'checkouts' as table_name"
    )
    counts = f"select *, 1000::bigint as row_count from ({nights} from range(1, 8) as n(i))"
    # The sixth night was refused: its figures count for nothing.
    results = f"""
        select *, 'completed checkouts' as expectation, 'warning' as severity, 'passed' as status,
            if(run_id = 'run7', '0.1', '0.8') as observed
        from ({nights} from range(1, 8) as n(i))
        union all by name
        select *, 'has rows' as expectation, 'critical' as severity, 'failed' as status,
            '0' as observed
        from ({nights} from range(7, 8) as n(i))
    """
    outside = {"control.table_counts": counts, "control.gate_results": results}
    report = gates.check(
        "core",
        generation(tmp_path, checkouts(400), outside),
        sources=SOURCES,
        tables=["checkouts"],
    )
    found = by_name(report.results, "checkouts")
    kept = found["rows kept since the last good night"]
    assert (kept.status, kept.observed) == ("failed", "400") and str(kept.threshold).startswith(
        "≥ 500"
    )
    half = found["completed checkouts"]
    assert (half.status, half.observed) == ("failed", "0.5")
    assert half.threshold == "0.56 to 0.999 (last good nights: 0.8)"
    looser = gates.check(
        "core",
        tmp_path / "inputs.json",
        sources=SOURCES,
        tables=["checkouts"],
        thresholds={"volume_drop_share": 0.7},
    )
    assert (
        by_name(looser.results, "checkouts")["rows kept since the last good night"].status
        == "passed"
    )


def test_first_night_has_nothing_to_compare_with(gates: GateProcess, tmp_path: Path) -> None:
    report = gates.check(
        "core", generation(tmp_path, checkouts(400)), sources=SOURCES, tables=["checkouts"]
    )
    kept = by_name(report.results, "checkouts")["rows kept since the last good night"]
    assert (kept.status, kept.observed) == ("not_applicable", "400")


def test_file_is_free_after_a_gate(gates: GateProcess, tmp_path: Path) -> None:
    import duckdb

    inputs = generation(tmp_path, checkouts(10))
    gates.check("core", inputs, sources=SOURCES, tables=["checkouts"])
    with duckdb.connect(str(tmp_path / "gen-test.duckdb")) as connection:
        connection.execute("create table core.more as select 1 as one")


def test_unknown_layer_and_missing_inputs_are_told(gates: GateProcess, tmp_path: Path) -> None:
    with pytest.raises(GateError, match="layers are raw, staging"):
        gates.check("cores", tmp_path / "inputs.json", sources=SOURCES)
    with pytest.raises(GateError, match="no such generation inputs"):
        gates.check("core", tmp_path / "nothing.json", sources=SOURCES)

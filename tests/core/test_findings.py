"""core.findings lists what is wrong in single rows: each rule sees the rows that are for it, and a
sound order none of them. The models' own queries are asked, as dbt compiled them."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from expectations.core.finding_shares import RULES, suite
from expectations.guard import GateContext
from orchestration.night.settings_check import check_settings
from orchestration.settings import PROJECT, SettingsError, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from tests.core.empty_generation import built_on_nothing, copy_of, insert

Rows = list[tuple[str, dict[str, Any]]]
LATER = datetime(2024, 7, 9, 12)
ORDER = {
    "order_id": "o",
    "currency_code": "EUR",
    "line_items_amount": 10,
    "gross_amount": 10,
    "captured_amount": 10,
    "exchange_rate": 1,
}
SOUND: Rows = [
    ("core.orders", ORDER),
    (
        "core.order_lines",
        {
            "order_line_id": "l",
            "order_id": "o",
            "quantity": 1,
            "unit_amount": 10,
            "gross_amount": 10,
            "currency_code": "EUR",
        },
    ),
    (
        "core.payments",
        {
            "payment_id": "p",
            "order_id": "o",
            "movement": "captured",
            "status": "success",
            "amount": 10,
            "currency_code": "EUR",
            "gateway_reference": "ch_1",
        },
    ),
    (
        "core.order_movements",
        {
            "movement_id": "p",
            "order_id": "o",
            "kind": "captured",
            "currency_kind": "same",
            "moved_amount": 10,
            "moved_currency_code": "EUR",
            "currency_code": "EUR",
            "amount": 10,
        },
    ),
    (
        "core.charges",
        {"charge_id": "c", "order_id": "o", "amount": 10, "currency_code": "EUR"},
    ),
    (
        "core.disputes",
        {
            "dispute_id": "d",
            "charge_id": "c",
            "outcome": "open",
            "status": "under_review",
            "amount": 10,
            "currency_code": "EUR",
        },
    ),
    ("core.tickets", {"ticket_id": "t", "status": "solved"}),
    ("staging.stg_klaviyo__metrics", {"metric_id": "m"}),
    ("staging.stg_klaviyo__events", {"event_id": "e", "metric_id": "m"}),
    (
        "core.consent_decisions",
        {"consent_record_id": "r", "contact_point_type": "email", "state": "granted"},
    ),
    (
        "core.privacy_requests",
        {"privacy_request_id": "q", "request_kind": "erasure", "status": "received"},
    ),
    (
        "core.ad_spend",
        {"ad_spend_id": "a", "cost_amount": 10, "exchange_rate": 1, "currency_code": "EUR"},
    ),
]
# Rule → the table of the row that is changed, what is changed in it, and the key that is told.
BROKEN: dict[str, list[tuple[str, dict[str, Any], str]]] = {
    "order_unlike_its_parts": [("core.orders", {"tax_amount": 2}, "o")],
    "order_unlike_its_lines": [("core.orders", {"line_items_amount": 9}, "o")],
    "refunds_above_captures": [("core.orders", {"refunded_amount": 11}, "o")],
    "refund_unlike_its_movements": [("core.payments", {"movement": "refunded"}, "o")],
    "currency_without_a_rate": [
        ("core.orders", {"exchange_rate": None}, "o"),
        ("core.ad_spend", {"exchange_rate": None}, "a"),
    ],
    "movement_in_another_currency": [
        ("core.order_movements", {"currency_kind": "other", "moved_currency_code": "USD"}, "p"),
        ("core.order_movements", {"currency_kind": "other", "kind": "refunded"}, "p"),
    ],
    "amount_below_nothing": [
        ("core.disputes", {"amount": -1}, "d"),
        ("core.payments", {"amount": -1}, "p"),
    ],
    "unknown_currency": [
        ("core.charges", {"currency_code": "XXQ", "amount": None}, "c"),
        ("core.payments", {"currency_code": "eur"}, "p"),
    ],
    "day_in_the_future": [("core.orders", {"placed_at": LATER}, "o")],
    "unknown_kind_of_movement": [
        ("core.payments", {"movement": "unknown"}, "p"),
        ("core.payments", {"status": "maybe", "movement": "unsuccessful"}, "p"),
    ],
    "spend_of_several_days": [("staging.stg_meta_ads__summaries", {"summary_id": "s"}, "s")],
    "unknown_kind_of_event": [("staging.stg_klaviyo__events", {"metric_id": "other"}, "e")],
    "unknown_dispute_status": [("core.disputes", {"status": "asked"}, "d")],
    "line_without_amount": [("core.order_lines", {"quantity": None}, "l")],
    "order_not_delivered": [
        ("core.order_lines", {"order_id": "other"}, "l"),
        ("core.payments", {"order_id": "other"}, "p"),
    ],
    "charges_without_order": [
        (
            "core.charges",
            {
                "source_name": "stripe",
                "order_id": None,
                "is_live": True,
                "status": "succeeded",
                "captured_amount": 10,
            },
            "stripe:EUR",
        )
    ],
    "charge_not_delivered": [("core.disputes", {"charge_id": "other"}, "d")],
    "unknown_consent_state": [
        ("core.consent_decisions", {"state": "perhaps"}, "r"),
        ("core.consent_decisions", {"contact_point_type": "fax"}, "r"),
    ],
    "unknown_request": [
        ("core.privacy_requests", {"request_kind": "oblivion"}, "q"),
        ("core.privacy_requests", {"status": "lost"}, "q"),
    ],
    "unknown_ticket_status": [("core.tickets", {"status": "parked"}, "t")],
}
CASES = [(rule, *case) for rule, cases in BROKEN.items() for case in cases]


def found(runner: DbtRunner, folder: Path, rows: Rows) -> list[tuple[str, str]]:
    """(rule, key) of all findings in a generation of these rows."""
    nothing, _ = built_on_nothing(runner)
    broken = copy_of(nothing, folder)
    insert(broken, [("core.exchange_rates", _RATE), *rows])
    compiled = {
        file.stem: file.read_text(encoding="utf-8")
        for file in (runner.folder / "target-nothing" / "compiled").rglob("core/*find*.sql")
    }
    connection = connect(broken, write=True)
    connection.execute(f"insert into clientele.core.finding_rows {compiled['finding_rows']}")
    findings = [
        row
        for model in ("money_findings", "value_findings")
        for row in connection.execute(f"select rule, key from ({compiled[model]})").fetchall()
    ]
    connection.close()
    return sorted(findings)


_RATE = {"currency_code": "EUR", "rate_date": date(2024, 6, 1), "exchange_rate": 1}


def test_a_sound_order_has_no_finding(runner: DbtRunner, tmp_path: Path) -> None:
    assert found(runner, tmp_path, SOUND) == []


@pytest.mark.parametrize(("rule", "table", "changed", "key"), CASES)
def test_a_rule_sees_the_row_that_is_for_it(
    runner: DbtRunner, tmp_path: Path, rule: str, table: str, changed: dict[str, Any], key: str
) -> None:
    rows = [(name, row | changed if name == table else row) for name, row in SOUND]
    if table not in dict(SOUND):
        rows.append((table, changed))
    assert (rule, key) in found(runner, tmp_path, rows)


def test_a_payment_of_two_orders_is_told_once(runner: DbtRunner, tmp_path: Path) -> None:
    rows = [*SOUND]
    for table, changed in (
        ("core.orders", {"order_id": "o2"}),
        ("core.order_lines", {"order_line_id": "l2", "order_id": "o2"}),
        ("core.payments", {"payment_id": "p2", "order_id": "o2"}),
    ):
        rows.append((table, dict(SOUND)[table] | changed))
    assert found(runner, tmp_path, rows) == [("payment_of_several_orders", "p")]


def test_every_rule_has_its_words_its_gate_and_its_test(runner: DbtRunner) -> None:
    nothing, _ = built_on_nothing(runner)
    connection = connect(nothing)
    named = {
        rule for (rule,) in connection.execute("select rule from seeds.finding_rules").fetchall()
    }
    connection.close()
    assert named == set(RULES) == {*BROKEN, "payment_of_several_orders"}


def _settings(folder: Path, findings: str) -> Any:
    file = folder / "clientele.yml"
    written = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
    line = "  default: {share: 0.02, money_share: 0.02, at_least: 20}\n"
    assert line in written
    file.write_text(written.replace(f"findings:\n{line}", f"findings: {findings}\n"), "utf-8")
    return load_settings(file, folder)


def test_a_rule_has_the_owners_limits_then_those_for_all_then_its_own(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path, "{default: {share: 0.1, at_least: 5}, unknown_currency: {share: 0.4}}"
    )
    gate = GateContext(
        layer="core",
        table="finding_shares",
        as_of=LATER,
        as_of_date=LATER.date(),
        row_count=1,
        thresholds={name: float(value) for name, value in settings.limits_of_gates.items()},
    )
    limits = {
        guard.name: (guard.arguments["max_value"], guard.arguments["expression"])
        for guard in suite(gate).guards
    }
    assert limits["unknown currency: share of the rows, last 28 days"][0] == 0.4
    assert "findings_count >= 5" in limits["unknown currency: share of the rows, last 28 days"][1]
    assert limits["unknown request: share of the rows, last 28 days"][0] == 0.1
    assert limits["unknown request: share of the money, last 28 days"][0] == 0.02


def test_a_rule_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"clientele.yml: findings.unknown_curency: there is no"
    ):
        check_settings(_settings(tmp_path, "{unknown_curency: {share: 0.4}}"))

"""`fx_rates`: exchange rates of the owner, as the settings give them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.settings import PROJECT, Settings, SettingsError, load_settings
from orchestration.settings_rates import FIRST_DAY, LAST_DAY, OwnerRate


def settings_with(folder: Path, rates: str) -> Settings:
    file = folder / "clientele.yml"
    written = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
    file.write_text(f"fx_rates: {rates}\n{written}", encoding="utf-8")
    return load_settings(file, folder)


def test_a_rate_holds_always_or_until_the_next(tmp_path: Path) -> None:
    new_year = date(2026, 1, 1)
    rates = "{AED: {EUR: 0.25}, KWD: [{EUR: 3.2, from: 2026-01-01}, {USD: 3.25}]}"
    assert settings_with(tmp_path, rates).fx_rates == (
        OwnerRate("AED", "EUR", Decimal("0.25"), FIRST_DAY, LAST_DAY),
        OwnerRate("KWD", "USD", Decimal("3.25"), FIRST_DAY, new_year),
        OwnerRate("KWD", "EUR", Decimal("3.2"), new_year, LAST_DAY),
    )


@pytest.mark.parametrize(
    ("rates", "reason"),
    [
        ("{AED: 0.25}", "AED: {EUR: 0.25} or"),
        ("{AED: {EUR: much}}", "AED: {EUR: 0.25} or"),
        ("{AED: {EUR: 0.25, USD: 0.27}}", "AED: {EUR: 0.25} or"),
        ("{AED: {AED: 1}}", "AED: {EUR: 0.25} or"),
        ("{aed: {EUR: 0.25}}", "aed: {EUR: 0.25} or"),
        ("{AED: {EUR: 0}}", "AED: a rate is above 0"),
        ("{AED: {EUR: 0.12345678901}}", "AED: a rate is above 0"),
        ("{AED: [{EUR: 0.25}, {EUR: 0.26}]}", "AED: two rates from one day on"),
        ("[AED]", "wants a currency and its rate"),
    ],
)
def test_what_is_no_rate_is_refused_by_name(tmp_path: Path, rates: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_with(tmp_path, rates)
    assert reason in str(refused.value)

"""The owner's settings (clientele.yml), read once and checked whole."""

import os
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingestion.contracts.accounts import Account, accounts_of, contracts_of
from ingestion.contracts.checked import read_yaml
from ingestion.contracts.contract import SourceContract
from ingestion.contracts.reading import load_contracts
from ingestion.errors import ContractError
from ingestion.limits import NO_LIMITS, Limits
from ingestion.pull.declared import Pull
from ingestion.storage.open import open_landing, open_storage
from ingestion.storage.protocol import S3, Storage
from ingestion.times import known_time_zone
from orchestration.home import Home, SettingsError
from orchestration.settings_rates import OwnerRates

if TYPE_CHECKING:
    from ingestion.raw.raw_files import RawFolder

PROJECT = Path(__file__).parent.parent


Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shop(_Frozen):
    """Who the shop is, where its days begin, and the currency of what names none
    (the reporting currency unless it is said)."""

    name: str
    time_zone: str
    currency: Currency | None = None

    _known = field_validator("time_zone")(known_time_zone)


class SourceSettings(_Frozen):
    """One account: whether it is read, whether a night may do without it, and whether a likeness
    of names may join its records.

    `kind` names the contract of a further account of a vendor; left out, it is the entry's name.
    `shop` is the source of orders whose order numbers and logins its records name. `time_zone` is
    that of its times without an offset, `currency` that of its amounts that name none.
    `charges_without_order` says what charges of a payment provider are that no shop knows: orders
    of their own (subscriptions that it bills), or a finding.
    """

    enabled: bool = True
    required: bool = False
    freshness_days: int = Field(default=3, ge=0)
    match_by_name: bool = False
    kind: str | None = None
    shop: str | None = None
    time_zone: str | None = None
    currency: Currency | None = None
    charges_without_order: Literal["orders", "finding"] | None = None

    _known = field_validator("time_zone")(known_time_zone)


class DestinationSettings(_Frozen):
    """Where a destination is and which environment variable holds its secret.

    `insecure` allows a way there on which everything can be read.
    """

    enabled: bool
    base_url: str | None = None
    secret: str | None = None
    options: dict[str, Any] = {}
    insecure: bool = False


class StorageSettings(_Frozen):
    """Where the landing zone and raw are: folders, or prefixes in buckets (s3://bucket/prefix);
    below the home unless said. `insecure` allows a server without TLS on another machine."""

    landing: str | None = None
    raw: str | None = None
    insecure: bool = False

    @field_validator("landing", "raw")
    @classmethod
    def _is_place(cls, value: str | None) -> str | None:
        is_bucket = (
            value is not None
            and value.startswith(S3)
            and not value.startswith(f"{S3}/")
            and value != S3
        )
        if value is None or is_bucket or Path(value).is_absolute():
            return value
        raise ValueError(f"{value!r} is neither an absolute path nor s3://bucket/prefix")

    @model_validator(mode="after")
    def _apart(self) -> "StorageSettings":
        landing, raw = (f"{(place or '').rstrip('/')}/" for place in (self.landing, self.raw))
        if self.landing and self.raw and (landing.startswith(raw) or raw.startswith(landing)):
            raise ValueError("landing and raw lie in each other; keep them apart")
        return self


class Thresholds(_Frozen):
    """Limits of the gates that a shop may have to move."""

    largest_identity_records: int = Field(default=200, gt=0)
    merged_records_share: Decimal = Field(default=Decimal("0.99"), gt=0, le=1)
    volume_drop_share: Decimal = Field(default=Decimal("0.5"), gt=0, le=1)
    identified_orders_share: Decimal = Field(default=Decimal("0.9"), ge=0, le=1)
    identified_records_share: Decimal = Field(default=Decimal("0.7"), ge=0, le=1)
    least_granted_share: Decimal = Field(default=Decimal("0.01"), ge=0, le=1)
    most_granted_share: Decimal = Field(default=Decimal("0.995"), ge=0, le=1)
    segment_share: Decimal = Field(default=Decimal("0.5"), gt=0, le=1)


class FindingLimits(_Frozen):
    """How much of a rule's findings is too much: from `at_least` findings on, a share of `share` of
    the rows, or `money_share` of their money, stops the night; half of it waits for a look. What is
    not named is as in `default`, else as the gate has it."""

    share: Decimal | None = Field(default=None, gt=0, le=1)
    money_share: Decimal | None = Field(default=None, gt=0, le=1)
    at_least: int | None = Field(default=None, ge=1)


class Settings(_Frozen):
    """All settings of one installation."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    shop: Shop
    reporting_currency: Currency
    gross_margin: Decimal = Field(gt=0, le=1)
    shipping_margin: Decimal = Field(default=Decimal(0), ge=-1, le=1)
    fx_rates: OwnerRates = ()
    as_of: Literal["latest_extract", "midnight"] | date
    keep_generations: int = Field(default=5, ge=1)
    future_days: int = Field(default=2, ge=0)
    minimum_free_disk_gib: Decimal = Field(default=Decimal(1), ge=0)
    limits: Limits = NO_LIMITS
    replay: bool = True
    match_threshold: Decimal = Field(default=Decimal("0.8"), ge=Decimal("0.5"), lt=1)
    storage: StorageSettings = StorageSettings()
    sources: dict[str, SourceSettings]
    pulls: dict[str, Pull] = {}
    destinations: dict[str, DestinationSettings] = {}
    thresholds: Thresholds = Thresholds()
    # By rule (see core.findings), and `default` for those that are not named.
    findings: dict[str, FindingLimits] = {}
    home: Home = Field(exclude=True)
    file: Path = Field(exclude=True)

    @property
    def limits_of_gates(self) -> dict[str, Decimal | int]:
        """What the owner set, by the names under which the gates ask."""
        findings = {
            f"findings.{rule}.{name}": value
            for rule, limits in self.findings.items()
            for name, value in limits.model_dump(exclude_none=True).items()
        }
        return {**self.thresholds.model_dump(), **findings}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.shop.time_zone)

    @cached_property
    def landing(self) -> Storage:
        """Where extracts are delivered."""
        return open_landing(
            self.storage.landing or self.home.extracts,
            self.home.spool / "landing",
            insecure=self.storage.insecure,
        )

    @cached_property
    def raw(self) -> "RawFolder":
        """Where typed rows are kept."""
        from ingestion.raw.raw_files import RawFolder

        return RawFolder(
            open_storage(
                self.storage.raw or self.home.raw,
                self.home.spool / "raw",
                insecure=self.storage.insecure,
            ),
            self.limits,
        )

    @property
    def shop_currency(self) -> str:
        return self.shop.currency or self.reporting_currency

    @cached_property
    def kinds(self) -> dict[str, SourceContract]:
        """The contracts as their files have them, by kind."""
        return load_contracts()

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """Every account by name. Errors: `ContractError` that names the entry."""
        return accounts_of(self.kinds, self.sources, self.shop_currency, self.file)

    @cached_property
    def contracts(self) -> dict[str, SourceContract]:
        """The contract of every account, by the account's name. Errors: `ContractError`."""
        return contracts_of(self.kinds, self.accounts)

    @property
    def enabled_sources(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, source in self.sources.items() if source.enabled))

    @property
    def enabled_pulls(self) -> dict[str, Pull]:
        return {name: pull for name, pull in sorted(self.pulls.items()) if pull.enabled}

    @property
    def matched_sources(self) -> tuple[str, ...]:
        return tuple(name for name in self.enabled_sources if self.sources[name].match_by_name)


def load_settings(path: Path | None = None, home: Path | None = None) -> Settings:
    """Read and check the settings file (argument, else CLIENTELE_SETTINGS, else
    the project's clientele.yml).

    Errors: `SettingsError` that names the file, each wrong key and what is wanted.
    """
    path = path or Path(os.environ.get("CLIENTELE_SETTINGS") or PROJECT / "clientele.yml")
    home = home or Path(os.environ.get("CLIENTELE_HOME") or PROJECT / "var")
    try:
        raw = read_yaml(path)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: no such settings file; name one with --settings or CLIENTELE_SETTINGS"
        ) from None
    except ContractError as error:
        raise SettingsError(str(error)) from None
    if not isinstance(raw, dict):
        raise SettingsError(
            f"{path}: empty or no mapping; copy the project's clientele.yml and change it"
        )
    try:
        return Settings(**raw, home=Home(home), file=path)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()
        )
        raise SettingsError(f"{path}: {wrong}") from None


def secret(variable: str | None, wanted_by: str) -> str:
    """The value of a secret's environment variable.

    Errors: `SettingsError` naming who wants it and what to do.
    """
    if not variable:
        raise SettingsError(
            f"{wanted_by}: `secret` is not set in clientele.yml;"
            " name the environment variable that holds it"
        )
    value = os.environ.get(variable)
    if not value:
        raise SettingsError(
            f"{wanted_by}: environment variable {variable} is not set;"
            f" export it, or set enabled: false for {wanted_by}"
        )
    return value

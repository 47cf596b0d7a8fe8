"""What a sync is: the part `meta.sync` of a dbt exposure,
parsed and checked before anything is planned.

It sends a model of the layer sync, or the named fields of a segment's model. A sync without
a purpose is legal and sends nothing: the consent gate fails closed. The purpose `none` switches
the gate off and is therefore refused wherever personal data could be meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Mode = Literal["upsert", "insert", "update", "mirror", "append"]
Removal = Literal[
    "ignore", "clear", "remove", "unsubscribe", "archive", "delete", "erase"
]  # erase: nobody undoes it
NullPolicy = Literal["omit", "null", "clear"]

NO_PURPOSE = "none"
PERSON_COLUMNS = {"customer_id", "email", "phone"}


class SpecError(Exception):
    """A sync is declared wrongly; the message names the exposure, the key and the remedy."""


@dataclass(frozen=True)
class Thresholds:
    """When a sync is held before the first byte.

    Shares are of the rows that the destination acknowledged (0 to 1). Only the share of adds is
    of the rows that the last run left there; twice as many as one of the last fourteen added
    may be added, too.
    """

    removals_share: float = 0.10
    removals_floor: int = 50
    changes_share: float = 0.50
    changes_floor: int = 50
    adds_share: float = 0.50
    adds_floor: int = 200
    first_run_rows: int = 50_000


@dataclass(frozen=True)
class SyncSpec:
    """One declared sync. `relation` is (schema, table) of its model in the published generation."""

    name: str
    destination: str
    object: str
    relation: tuple[str, str]
    key: str
    mode: Mode = "upsert"
    on_removal: Removal = "ignore"
    on_withdrawal: Removal | None = None
    purpose: str | None = None
    channel: str | None = None
    contact_point: str | None = None
    personal_data: bool = True
    fields: tuple[str, ...] = ()  # the payload's columns; none named = all of the model
    exclude_from_payload: tuple[str, ...] = ()
    nulls: Mapping[str, NullPolicy] = field(default_factory=dict)
    only_withdraws: Mapping[str, str] = field(
        default_factory=dict
    )  # a consent's column → the only value of it that is ever sent: its no
    thresholds: Thresholds = Thresholds()
    may_be_empty: bool = False
    on_rejected: Literal["warn", "fail"] = "warn"
    give_up_after_runs: int = 10

    def __post_init__(self) -> None:
        if self.purpose == NO_PURPOSE and self.personal_data:
            raise SpecError(
                f"sync {self.name}: purpose: none is not allowed for personal data; "
                "name a purpose, a channel and a contact point, or declare personal_data: false"
            )
        if self.give_up_after_runs < 1:
            raise SpecError(f"sync {self.name}: give_up_after_runs must be 1 or more")

    @property
    def keeps_existing(self) -> bool:
        """Whether a key that was acknowledged once is never sent again and never removed."""
        return self.mode in ("insert", "append")

    @property
    def table(self) -> str:
        """The model's relation, quoted for SQL."""
        return ".".join(f'"{part}"' for part in self.relation)


_TEXT_KEYS = ("destination", "object", "model", "key", "purpose", "channel", "contact_point")
_CHOICES: dict[str, tuple[str, ...]] = {
    "mode": get_args(Mode),
    "on_removal": get_args(Removal),
    "on_withdrawal": get_args(Removal),
    "on_rejected": ("warn", "fail"),
}
_KNOWN = {
    *_TEXT_KEYS,
    *_CHOICES,
    "fields",
    "exclude_from_payload",
    "nulls",
    "only_withdraws",
    "thresholds",
    "may_be_empty",
    "personal_data",
    "give_up_after_runs",
}
_REQUIRED = ("destination", "object", "model", "key")


def read_syncs(manifest: Mapping[str, Any]) -> list[SyncSpec]:
    """Every sync that the exposures of a dbt manifest declare, by name.

    Errors: `SpecError`, naming the exposure and the key.
    """
    exposures = manifest.get("exposures", {})
    declared = {
        exposure["name"]: meta["sync"]
        for exposure in exposures.values()
        if "sync" in (meta := _meta(exposure))
    }
    return [_parse(name, declared[name], manifest) for name in sorted(declared)]


def _parse(name: str, raw: Any, manifest: Mapping[str, Any]) -> SyncSpec:
    if not isinstance(raw, Mapping):
        raise SpecError(
            f"exposure {name}: meta.sync must be a mapping of settings, not {type(raw).__name__}"
        )
    unknown = sorted(set(raw) - _KNOWN)
    if unknown:
        raise SpecError(
            f"exposure {name}: meta.sync.{unknown[0]} is not a setting of a sync;"
            f" known are {', '.join(sorted(_KNOWN))}"
        )
    for key in _REQUIRED:
        if not raw.get(key):
            raise SpecError(
                f"exposure {name}: meta.sync.{key} is missing;"
                f" every sync declares {', '.join(_REQUIRED)}"
            )
    for key in _TEXT_KEYS:
        if raw.get(key) is not None and not isinstance(raw[key], str):
            raise SpecError(f"exposure {name}: meta.sync.{key} must be text, not {raw[key]!r}")
    for key, choices in _CHOICES.items():
        if key in raw and raw[key] not in choices:
            raise SpecError(
                f"exposure {name}: meta.sync.{key} is {raw[key]!r};"
                f" allowed are {', '.join(choices)}"
            )
    model = _model(name, raw["model"], manifest)
    fields = _names(name, raw, "fields")
    if model["schema"] != "sync" and not (model["schema"] == "segments" and fields):
        raise SpecError(
            f"exposure {name}: {raw['model']} is no model of the layer sync; "
            f"write one with exactly the columns that {raw['destination']} is to know, "
            "or name a segment's model and those columns of it in meta.sync.fields"
        )
    personal = _flag(name, raw, "personal_data", default=True)
    if not personal and (held := _personal_columns(model)):
        raise SpecError(
            f"exposure {name}: meta.sync.personal_data is false, "
            f"but {raw['model']} has the personal column {held[0]}; "
            "leave personal_data out and declare purpose, channel and contact_point"
        )
    mode: Mode = raw.get("mode", "upsert")
    try:
        return SyncSpec(
            name=name,
            destination=raw["destination"],
            object=raw["object"],
            relation=(model["schema"], model.get("alias") or model["name"]),
            key=raw["key"],
            mode=mode,
            on_removal=raw.get("on_removal", "delete" if mode == "mirror" else "ignore"),
            on_withdrawal=raw.get("on_withdrawal"),
            purpose=raw.get("purpose"),
            channel=raw.get("channel"),
            contact_point=raw.get("contact_point"),
            personal_data=personal,
            fields=fields,
            exclude_from_payload=_names(name, raw, "exclude_from_payload"),
            nulls=_nulls(name, raw),
            only_withdraws=_only_withdraws(name, raw),
            thresholds=_thresholds(name, raw),
            may_be_empty=_flag(name, raw, "may_be_empty", default=mode == "append"),
            on_rejected=raw.get("on_rejected", "warn"),
            give_up_after_runs=int(raw.get("give_up_after_runs", 10)),
        )
    except SpecError as error:
        raise SpecError(f"exposure {name}: {error}") from None


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """dbt writes meta beside a node, below `config`, or both."""
    return {**(node.get("config", {}).get("meta") or {}), **(node.get("meta") or {})}


def _model(exposure: str, name: str, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    for node in manifest.get("nodes", {}).values():
        if node.get("resource_type") == "model" and node.get("name") == name:
            return node
    raise SpecError(
        f"exposure {exposure}: meta.sync.model names {name}, and the project has no such model;"
        " add it or correct the name"
    )


def _personal_columns(model: Mapping[str, Any]) -> list[str]:
    columns = model.get("columns", {})
    return sorted(
        name
        for name, column in columns.items()
        if name in PERSON_COLUMNS or _meta(column).get("pii")
    )


def _names(exposure: str, raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = raw.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SpecError(f"exposure {exposure}: meta.sync.{key} must be a list of column names")
    return tuple(names)


def _nulls(exposure: str, raw: Mapping[str, Any]) -> dict[str, NullPolicy]:
    nulls = raw.get("nulls", {})
    if not isinstance(nulls, Mapping) or not set(nulls.values()) <= set(get_args(NullPolicy)):
        raise SpecError(
            f"exposure {exposure}:"
            f" meta.sync.nulls maps column names to {', '.join(get_args(NullPolicy))}"
        )
    return dict(nulls)


def _only_withdraws(exposure: str, raw: Mapping[str, Any]) -> dict[str, str]:
    """YAML's true and false as SQL writes them."""
    values = raw.get("only_withdraws", {})
    if not isinstance(values, Mapping) or not all(
        isinstance(value, str | bool) for value in values.values()
    ):
        raise SpecError(
            f"exposure {exposure}: meta.sync.only_withdraws maps a consent's column"
            " to the value that is its no"
        )
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in values.items()
    }


def _thresholds(exposure: str, raw: Mapping[str, Any]) -> Thresholds:
    values = raw.get("thresholds", {})
    known = Thresholds.__dataclass_fields__
    for key, value in values.items():
        if key not in known:
            raise SpecError(
                f"exposure {exposure}: meta.sync.thresholds.{key} is not a threshold;"
                f" known are {', '.join(known)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise SpecError(
                f"exposure {exposure}: meta.sync.thresholds.{key} must be a number of 0"
                f" or more, not {value!r}"
            )
    return Thresholds(**values)


def _flag(exposure: str, raw: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = raw.get(key, default)
    if not isinstance(value, bool):
        raise SpecError(
            f"exposure {exposure}: meta.sync.{key} must be true or false, not {value!r}"
        )
    return value

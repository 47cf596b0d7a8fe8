"""What a generation is made of: the one description that dbt, the gates,
the steps and the analysts' shell all open.

A generation is a pure function of what stands here (file lists, histories as of the night,
the night's variables) and of the code.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingestion.contracts.accounts import Account, accounts_of
from ingestion.contracts.columns import ARRIVAL
from ingestion.contracts.reading import load_contracts
from ingestion.delivery_order import Ranks
from ingestion.files import DamagedFileError, read_with_digest, sha256_of, write_with_digest
from ingestion.layers import RAW
from ingestion.limits import NO_LIMITS, Limits
from ingestion.sql import name as quoted

ROLL_BACK = (
    "`clientele rollback` lists generations to go back to, `clientele nightly` makes a new one"
)
_RESTORE = "restore it from the backup, or remove it where it is below derived/"


@dataclass(frozen=True)
class Relation:
    """A table outside the warehouse: Parquet files (absolute paths; none = an empty table) and its
    columns with DuckDB types. `ranks`: of a raw table whose files arrived in another order than
    they count."""

    columns: dict[str, str]
    files: tuple[str, ...] = ()
    ranks: Ranks | None = None

    def value_of(self, column: str) -> str:
        """SQL of a column of the files, before it is cast."""
        if column != ARRIVAL or self.ranks is None:
            return quoted(column)
        first, ranks = self.ranks.first, self.ranks.ranks
        return (
            f"case when {ARRIVAL} between {first} and {first + len(ranks) - 1}"
            f" then {list(ranks)}[{ARRIVAL} - {first - 1}] else {ARRIVAL} end"
        )


@dataclass(frozen=True)
class Inputs:
    """Everything that a connection to one generation needs.

    `relations` maps `<schema>.<table>` (raw, control, declared, ids, steps) to the files behind it;
    `key_file` names the file with the installation's secret, which itself is written nowhere else.
    """

    run_id: str
    as_of: datetime
    as_of_date: date
    generation: Path
    key_file: Path
    variables: dict[str, str] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    limits: Limits = NO_LIMITS
    # Of a sealed generation: sha256 of the files behind its relations other than raw's, by path.
    digests: dict[str, str] = field(default_factory=dict)
    # Whose extracts stand in raw; left out: one account of every kind.
    accounts: tuple[Account, ...] = field(default_factory=lambda: _one_of_every_kind("EUR"))

    def with_relations(self, relations: dict[str, Relation]) -> "Inputs":
        """The same with some relations added or replaced."""
        return replace(self, relations={**self.relations, **relations})

    def reading(self, names: Collection[str]) -> "Inputs":
        """The same with these relations alone, by name or by schema: each costs a connection a
        look at its files."""
        few = {
            name: relation
            for name, relation in self.relations.items()
            if name in names or name.split(".")[0] in names
        }
        return replace(self, relations=few)

    def without_raw(self) -> "Inputs":
        """The same for what reads built tables and histories: of all relations, most are raw's."""
        return self.reading({name.split(".")[0] for name in self.relations} - {RAW})

    def sealed(self) -> "Inputs":
        """The same with the digests of all files but raw's, which every night asks for itself."""
        files = [
            Path(file)
            for relation in self.without_raw().relations.values()
            for file in relation.files
        ]
        digests = {str(file): sha256_of(file) for file in files if file.exists()}
        return replace(self, digests=digests)

    def save(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_with_digest(path, json.dumps(asdict(self), default=str, indent=1))
        return path

    @classmethod
    def load(cls, path: Path) -> "Inputs":
        """Read what `save` wrote.

        Errors: `FileNotFoundError` with the remedy when there is none, `DamagedFileError` when it
        is not as it was written, or a file behind a sealed generation's relations is not.
        """
        if not path.exists():
            raise FileNotFoundError(
                f"{path}: no such generation inputs; run `clientele nightly` first"
            )
        raw: dict[str, Any] = json.loads(read_with_digest(path, ROLL_BACK))
        for file, digest in raw.get("digests", {}).items():
            # A cache may be gone: what it held is then missing, not wrong.
            if Path(file).exists() and sha256_of(Path(file)) != digest:
                raise DamagedFileError(f"{file}: is not as it was written; {_RESTORE}")
        return cls(
            run_id=raw["run_id"],
            as_of=datetime.fromisoformat(raw["as_of"]),
            as_of_date=date.fromisoformat(raw["as_of_date"]),
            generation=Path(raw["generation"]),
            key_file=Path(raw["key_file"]),
            variables=raw["variables"],
            limits=Limits(**raw.get("limits", {})),
            digests=raw.get("digests", {}),
            relations={
                name: Relation(r["columns"], tuple(r["files"]), _ranks(r.get("ranks")))
                for name, r in raw["relations"].items()
            },
            accounts=tuple(Account(**account) for account in raw["accounts"])
            if "accounts" in raw
            else _one_of_every_kind(raw["variables"].get("shop_currency", "EUR")),
        )


def _ranks(saved: dict[str, Any] | None) -> Ranks | None:
    return Ranks(saved["first"], tuple(saved["ranks"])) if saved else None


def _one_of_every_kind(currency: str) -> tuple[Account, ...]:
    return tuple(accounts_of(load_contracts(), {}, currency, Path("clientele.yml")).values())

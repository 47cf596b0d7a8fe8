"""Which tables are guarded, and by what: read from the files of this folder,
without importing Great Expectations.

A file `<layer>/<table>.py` with a function `suite(gate)` guards `<layer>.<table>`. Two kinds
of tables need no file, since they are added often: each table of a contract has the suite of
`raw_default.py`, each segment's model that of `segment_default.py`; a file adds to it.
"""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from expectations import raw_default, segment_default
from expectations.guard import GateContext, Suite
from ingestion.contracts.accounts import Account, contracts_of
from ingestion.contracts.contract import SourceContract, TableContract, all_tables
from ingestion.contracts.feeds import FEEDS
from ingestion.contracts.reading import SOURCES, load_contracts
from ingestion.layers import PATH, RAW

FOLDER = Path(__file__).parent
SEGMENTS = FOLDER.parent / "dbt_project" / "models" / "segments"


class CatalogError(Exception):
    """A suite cannot be found or is wrong; the message names its file and the remedy."""


class Catalog:
    """The suites there are; contracts are read once.

    `accounts`: kinds of sources by account; every kind has one account of its own name besides.
    """

    def __init__(
        self,
        accounts: Mapping[str, str] | None = None,
        contracts_folder: Path = SOURCES,
        segments_folder: Path = SEGMENTS,
    ) -> None:
        self._accounts = accounts or {}
        self._contracts_folder = contracts_folder
        self._segments = frozenset(file.stem for file in segments_folder.glob("seg_*.sql"))

    @cached_property
    def _kinds(self) -> dict[str, SourceContract]:
        return load_contracts(self._contracts_folder)

    @cached_property
    def _contracts(self) -> dict[str, TableContract]:
        accounts = {
            name: Account(name, kind, shop=name, currency="")
            for name, kind in ({kind: kind for kind in self._kinds} | dict(self._accounts)).items()
        }
        return {table.raw_name: table for table in all_tables(contracts_of(self._kinds, accounts))}

    @cached_property
    def feeds(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Feed → kind of source → its staging models."""
        return {
            feed: {
                name: kind.feeds[feed] for name, kind in self._kinds.items() if feed in kind.feeds
            }
            for feed in FEEDS
        }

    def tables(self, layer: str) -> tuple[str, ...]:
        """Names of the guarded tables of a layer, sorted.

        Errors: `CatalogError` when there is no such layer.
        """
        if layer not in PATH:
            raise CatalogError(f"no layer {layer!r}; layers are {', '.join(PATH)}")
        names = {file.stem for file in (FOLDER / layer).glob("*.py") if file.stem != "__init__"}
        names |= (
            set(self._contracts)
            if layer == RAW
            else self._segments
            if layer == "segments"
            else set()
        )
        return tuple(sorted(names))

    def suite(self, gate: GateContext) -> Suite:
        """The guards of one table on one night. Errors: `CatalogError` that names the file."""
        file = FOLDER / gate.layer / f"{self._declared_name(gate)}.py"
        default = self._default(gate)
        if default is None:
            if gate.layer == RAW:
                raise CatalogError(
                    f"{file}: no contract makes raw.{gate.table};"
                    " rename the file to <source>_<table>.py"
                )
            return _checked(file, _from_file(file, gate))
        added = _from_file(file, gate).guards if file.exists() else ()
        return _checked(file, replace(default, guards=default.guards + added))

    def _declared_name(self, gate: GateContext) -> str:
        """A raw table of a further account is guarded by the file of the first one's."""
        table = self._contracts.get(gate.table) if gate.layer == RAW else None
        return f"{table.kind}_{table.name}" if table else gate.table

    def _default(self, gate: GateContext) -> Suite | None:
        if gate.layer == RAW and gate.table in self._contracts:
            return raw_default.suite(gate, self._contracts[gate.table])
        if gate.layer == "segments" and gate.table in self._segments:
            return segment_default.suite(gate)
        return None


def guarded_tables(layer: str, accounts: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of the guarded tables of a layer, sorted: what the night's checks are made of."""
    return Catalog(accounts).tables(layer)


def _from_file(file: Path, gate: GateContext) -> Suite:
    if not file.exists():
        raise CatalogError(f"{file}: no such suite; write it, or do not ask for {gate.name}")
    found = importlib.import_module(f"{__package__}.{gate.layer}.{file.stem}").suite(gate)
    if not isinstance(found, Suite):
        raise CatalogError(f"{file}: suite(gate) must return a Suite, not a {type(found).__name__}")
    return found


def _checked(file: Path, suite: Suite) -> Suite:
    names = [guard.name for guard in suite.guards]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CatalogError(
            f"{file}: two guards are named {twice[0]!r};"
            " a history is kept by its name, so rename one"
        )
    return suite

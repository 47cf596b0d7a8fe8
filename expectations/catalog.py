"""Which tables are guarded, and by what: read from the files of this folder, without importing Great Expectations.

A file `<layer>/<table>.py` with a function `suite(gate)` guards `<layer>.<table>`. Raw tables need no file: each table of a contract has
the suite of `raw_default.py`, and a file `raw/<source>_<table>.py` adds its guards to it.
"""

import importlib
from dataclasses import replace
from pathlib import Path

from expectations import raw_default
from expectations.guard import GateContext, Suite
from ingestion.contracts import SOURCES, all_tables, load_contracts

FOLDER = Path(__file__).parent
LAYERS = ("raw", "staging", "identity", "core", "marts", "segments", "sync")


class CatalogError(Exception):
    """A suite cannot be found or is wrong; the message names its file and the remedy."""


class Catalog:
    """The suites there are, with the contracts read once."""

    def __init__(self, contracts_folder: Path = SOURCES) -> None:
        self._contracts = {table.raw_name: table for table in all_tables(load_contracts(contracts_folder))}

    def tables(self, layer: str) -> tuple[str, ...]:
        """Names of the guarded tables of a layer, sorted. Errors: `CatalogError` when there is no such layer."""
        if layer not in LAYERS:
            raise CatalogError(f"no layer {layer!r}; layers are {', '.join(LAYERS)}")
        names = {file.stem for file in (FOLDER / layer).glob("*.py") if file.stem != "__init__"}
        return tuple(sorted(names | set(self._contracts) if layer == "raw" else names))

    def suite(self, gate: GateContext) -> Suite:
        """The guards of one table on one night. Errors: `CatalogError` that names the file."""
        file = FOLDER / gate.layer / f"{gate.table}.py"
        contract = self._contracts.get(gate.table) if gate.layer == "raw" else None
        if gate.layer == "raw" and contract is None:
            raise CatalogError(f"{file}: no contract makes raw.{gate.table}; rename the file to <source>_<table>.py")
        if contract is None:
            return _checked(file, _from_file(file, gate))
        default = raw_default.suite(gate, contract)
        added = _from_file(file, gate).guards if file.exists() else ()
        return _checked(file, replace(default, guards=default.guards + added))


def guarded_tables(layer: str) -> tuple[str, ...]:
    """Names of the guarded tables of a layer, sorted: what the night's checks are made of."""
    return Catalog().tables(layer)


def _from_file(file: Path, gate: GateContext) -> Suite:
    if not file.exists():
        raise CatalogError(f"{file}: no such suite; write it, or do not ask for {gate.name}")
    found = importlib.import_module(f"{__package__}.{gate.layer}.{gate.table}").suite(gate)
    if not isinstance(found, Suite):
        raise CatalogError(f"{file}: suite(gate) must return a Suite, not a {type(found).__name__}")
    return found


def _checked(file: Path, suite: Suite) -> Suite:
    names = [guard.name for guard in suite.guards]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CatalogError(f"{file}: two guards are named {twice[0]!r}; a history is kept by its name, so rename one")
    return suite

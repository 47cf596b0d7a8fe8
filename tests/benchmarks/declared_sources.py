"""What the sources of this repository declare, for generations made by hand."""

from pathlib import Path

from ingestion.contracts.accounts import accounts_of
from ingestion.contracts.reading import load_contracts
from orchestration.warehouse.declared import export_declared
from orchestration.warehouse.inputs import Relation


def declared_relations(folder: Path) -> dict[str, Relation]:
    """The relations `declared.*` of one account of every kind, written below `folder`."""
    kinds = load_contracts()
    accounts = accounts_of(kinds, {}, "EUR", Path("clientele.yml"))
    return export_declared(kinds, accounts, (), folder / "declared")

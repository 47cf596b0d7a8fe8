"""The list of raw sources in dbt is the list of the contracts:
a source is added in both or in neither."""

from typing import Any

from ingestion.contracts.contract import all_tables
from ingestion.contracts.reading import load_contracts


def test_dbt_knows_exactly_the_tables_of_the_contracts(manifest: dict[str, Any]) -> None:
    known = {
        source["name"] for source in manifest["sources"].values() if source["source_name"] == "raw"
    }
    assert known == {table.raw_name for table in all_tables(load_contracts())}


def test_every_raw_table_is_read_by_staging(manifest: dict[str, Any]) -> None:
    read = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "staging"
        for parent in node["depends_on"]["nodes"]
    }
    raw = {name for name, source in manifest["sources"].items() if source["source_name"] == "raw"}
    assert raw - read == set()


def test_every_column_of_staging_and_identity_is_described(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("staging", "identity"):
            assert node["description"].startswith("One row per"), node["name"]
            assert node["columns"], node["name"]
            assert all(column["description"] for column in node["columns"].values()), node["name"]

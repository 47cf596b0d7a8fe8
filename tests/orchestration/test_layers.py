"""The path of the data: one word per step, everywhere,
and nobody reads what their layer may not."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.layers import LAYERS, PATH
from orchestration.layers import MAY_READ, STEP_LAYER, STEP_TABLES
from orchestration.settings import PROJECT

# Schemas outside the path that a layer's models may read as sources: what steps and
# histories hand in.
SOURCES_OF = {
    "staging": {"raw", "declared"},
    "identity": {"steps", "ids", "control", "declared"},
    "core": {"declared"},
    "marts": {"steps", "control", "declared"},
    "segments": {"control"},
    "sync": {"control"},
}
# Of staging, and beside the seeds: read like one of them.
LIKE_A_SEED = {"identifier_types": "seeds"}


def models(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_has_the_same_word_everywhere(layer: str, manifest: dict[str, Any]) -> None:
    assert (PROJECT / "dbt_project" / "models" / layer).is_dir()
    assert (PROJECT / "orchestration" / "defs" / f"{layer}.py").is_file()
    assert (PROJECT / "expectations" / layer).is_dir()
    assert (PROJECT / "tests" / layer).is_dir()
    assert any(model["schema"] == layer for model in models(manifest))


def test_folder_and_schema_of_every_model_are_one_layer(manifest: dict[str, Any]) -> None:
    for model in models(manifest):
        assert model["fqn"][1] in LAYERS, model["original_file_path"]
        schema = LIKE_A_SEED.get(model["name"], model["fqn"][1])
        assert model["schema"] == schema, model["original_file_path"]


def test_no_model_reads_what_its_layer_may_not(manifest: dict[str, Any]) -> None:
    wrong = []
    for model in models(manifest):
        for parent_id in model["depends_on"]["nodes"]:
            kind, _, name, *_ = parent_id.split(".")
            if kind == "source":
                layer = manifest["sources"][parent_id]["source_name"]
                allowed = layer in SOURCES_OF.get(model["fqn"][1], set())
            elif kind == "seed" or name in LIKE_A_SEED:
                allowed = model["fqn"][1] in {"staging", "identity", "core"}
            else:
                layer = manifest["nodes"][parent_id]["schema"]
                allowed = layer in MAY_READ[model["fqn"][1]]
            # What corrects a destination, or counts what earlier nights did, must know
            # which ids were retired.
            exception = model["schema"] in {"segments", "sync"} and parent_id.endswith(
                ".identity_aliases"
            )
            if not (allowed or exception):
                wrong.append((model["name"], parent_id))
    assert wrong == []


def test_every_model_and_column_is_described(manifest: dict[str, Any]) -> None:
    for model in models(manifest):
        assert model["description"].startswith("One row per"), model["name"]
        assert model["columns"], model["name"]
        assert [
            name for name, column in model["columns"].items() if not column["description"]
        ] == [], model["name"]


def test_contracts_are_enforced_from_core_on(manifest: dict[str, Any]) -> None:
    loose = [
        m["name"]
        for m in models(manifest)
        if m["fqn"][1] not in {"staging", "identity"} and not m["contract"]["enforced"]
    ]
    assert loose == []


def test_a_generation_holds_tables_only(manifest: dict[str, Any]) -> None:
    assert {model["config"]["materialized"] for model in models(manifest)} <= {
        "table",
        "ephemeral",
        "connected_components",
        "merge_decisions",
    }


def test_every_step_is_read_by_its_layer_only(manifest: dict[str, Any]) -> None:
    readers: dict[str, set[str]] = {}
    for model in models(manifest):
        for parent_id in model["depends_on"]["nodes"]:
            if parent_id.startswith("source.clientele.steps."):
                readers.setdefault(parent_id.split(".")[-1], set()).add(model["schema"])
    assert readers == {
        table: {STEP_LAYER[step]} for step, tables in STEP_TABLES.items() for table in tables
    }


def test_reading_the_settings_imports_neither_duckdb_nor_object_storage() -> None:
    """Every command reads them, and few of them need more."""
    program = (
        "import sys, orchestration.settings;"
        " sys.exit(any(name in sys.modules for name in ('duckdb', 's3fs', 'botocore', 'pyarrow')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=PROJECT).returncode == 0


def test_the_path_begins_with_raw_and_ends_with_sync() -> None:
    assert PATH == ("raw", "staging", "identity", "core", "marts", "segments", "sync")


def test_no_model_asks_for_the_time_of_the_clock() -> None:
    forbidden = ("now()", "current_timestamp", "current_date", "today()")
    files = [
        *(PROJECT / "dbt_project" / "models").rglob("*.sql"),
        *(PROJECT / "dbt_project" / "macros").rglob("*.sql"),
    ]
    # Comments may name what is forbidden; code may not call it.
    for file in files:
        code = "\n".join(
            line.split("--")[0] for line in file.read_text(encoding="utf-8").lower().splitlines()
        )
        code = (
            code if "{#" not in code else "".join(part.split("#}")[-1] for part in code.split("{#"))
        )
        assert not any(word in code for word in forbidden), file

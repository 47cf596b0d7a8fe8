"""What is known of dbt's models before any is built: the manifest, and what Dagster makes of it.

dagster-dbt works that out, and with it comes all of dbt: five CPU seconds. So its answer is kept
as plain data beside the manifest, and read from there as long as nothing has changed that it was
made of.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg

from ingestion.contracts.reading import SOURCES
from ingestion.files import read_with_digest, write_with_digest
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.replay.runner import PARTS

# Versions and code that have a say in the answer.
PACKAGES = ("dagster", "dagster-dbt", "dbt-core")
_CODE = tuple(Path(__file__).with_name(f"{name}.py") for name in ("dbt_models", "dbt_translation"))
# What a manifest says of the parse, and not of the project.
_OF_THE_PARSE = dict.fromkeys(
    ("generated_at", "invocation_id", "invocation_started_at", "run_started_at")
)


class PartSpecs(NamedTuple):
    """What Dagster shows of one part; the tags are its op's."""

    assets: list[dg.AssetSpec]
    checks: list[dg.AssetCheckSpec]
    tags: dict[str, str]


class DataTest(NamedTuple):
    """One of dbt's tests: the check that it is, if it is one, and the tables that it reads."""

    name: str
    check: dg.AssetCheckKey | None
    tables: list[dg.AssetKey]


@dataclass(frozen=True)
class DbtModels:
    """`parts`: by the part's name. `tables` and `tests`: by dbt's unique id."""

    manifest: Mapping[str, Any]
    parts: Mapping[str, PartSpecs]
    tables: Mapping[str, dg.AssetKey]
    tests: Mapping[str, DataTest]


def load_models(runner: DbtRunner) -> DbtModels:
    """The project as it is; it is parsed when it was never, or has changed since.

    Errors: `DbtError`.
    """
    manifest = _load_manifest(runner)
    path, key = runner.manifest_path.with_name("dagster.json"), _key(manifest)
    try:
        kept = dg.deserialize_value(read_with_digest(path, "remove it"), dict)
        if kept["key"] == key:
            return _unpacked(manifest, kept)
    except Exception:  # there is none, or it is broken: whatever it is, it can be made again
        pass
    from orchestration.defs.dbt_translation import translate  # all of dbt, see above

    made = {"key": key, **translate(manifest, PARTS)}
    text = dg.serialize_value(made)
    # Where it cannot be kept, it is made again next time.
    with contextlib.suppress(OSError):
        write_with_digest(path, text)
    return _unpacked(manifest, dg.deserialize_value(text, dict))


def _load_manifest(runner: DbtRunner) -> dict[str, Any]:
    path = runner.manifest_path
    sources = [
        file
        for file in (*runner.project.rglob("*"), *SOURCES.iterdir())
        if file.suffix in {".sql", ".yml", ".yaml", ".csv", ".md"}
    ]
    if not runner.is_prepared and (
        not runner.is_as_written(path.name)
        or path.stat().st_mtime < max(file.stat().st_mtime for file in sources)
    ):
        runner.parse()
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _key(manifest: Mapping[str, Any]) -> str:
    """A hash of all that dagster-dbt's answer is made of. Another parse of the same project has
    the same one."""
    lasting = {kind: _undated(nodes) for kind, nodes in manifest.items()}
    lasting["metadata"] = {**manifest["metadata"], **_OF_THE_PARSE}
    made_of = [
        lasting,
        PARTS,
        {name: version(name) for name in PACKAGES},
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in _CODE],
    ]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _undated(nodes: Any) -> Any:
    if not isinstance(nodes, dict):
        return nodes
    return {
        name: {**node, "created_at": None} if isinstance(node, dict) else node
        for name, node in nodes.items()
    }


def _unpacked(manifest: Mapping[str, Any], kept: Mapping[str, Any]) -> DbtModels:
    parts = {
        name: PartSpecs(
            [_asset(asset) for asset in part["assets"]],
            [dg.AssetCheckSpec(**check) for check in part["checks"]],
            part["tags"],
        )
        for name, part in kept["parts"].items()
    }
    tests = {
        name: DataTest(
            test["name"],
            dg.AssetCheckKey(dg.AssetKey(test["check"]), test["name"]) if test["check"] else None,
            [dg.AssetKey(table) for table in test["tables"]],
        )
        for name, test in kept["tests"].items()
    }
    tables = {name: dg.AssetKey(table) for name, table in kept["tables"].items()}
    return DbtModels(manifest, parts, tables, tests)


def _asset(kept: Mapping[str, Any]) -> dg.AssetSpec:
    deps = [dg.AssetDep(dep["asset"], metadata=dep["metadata"]) for dep in kept["deps"]]
    return dg.AssetSpec(**{**kept, "deps": deps})

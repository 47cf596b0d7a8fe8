"""Dagster's definitions of dbt's models: as dagster-dbt would have them, without importing it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from harness import SETTINGS, settings_for

from ingestion.files import read_with_digest, write_with_digest
from ingestion.layers import LAYERS
from orchestration.defs import dbt_models, dbt_translation
from orchestration.defs.dbt_layers import build_layer
from orchestration.defs.dbt_models import DbtModels, load_models
from orchestration.defs.dbt_translation import INNER, LayerTranslator, assets_of
from orchestration.night.dbt import night_dbt
from orchestration.settings import PROJECT
from orchestration.warehouse import dbt_runner
from orchestration.warehouse.dbt_runner import DbtRunner

# Loads all that a night has loaded when it starts its first step.
PROGRAM = """
import sys
import orchestration.cli.main, orchestration.cli.nightly, orchestration.defs.event_log
from orchestration.defs.location import build_definitions
from orchestration.defs.session import Session
from orchestration.night.dbt import night_dbt
from orchestration.settings import load_settings

runner = night_dbt(load_settings())
runner.prepare()
build_definitions(Session(runner=runner)).resolve_job_def("nightly")
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("dbt", "dagster_dbt")))
"""


class Known(DbtRunner):
    """Finds the project parsed."""

    is_prepared = True


@pytest.fixture(scope="module")
def models(runner: DbtRunner) -> DbtModels:
    return load_models(runner)


@pytest.fixture(scope="module")
def theirs(models: DbtModels) -> dict[str, dg.AssetsDefinition]:
    """Each part as dagster-dbt defines it."""
    translator, parts = LayerTranslator(), dbt_models.PARTS
    return {part.name: assets_of(models.manifest, part, translator) for part in parts}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_defined_as_dagster_dbt_would(
    layer: str, models: DbtModels, theirs: dict[str, dg.AssetsDefinition]
) -> None:
    for ours in build_layer(models, layer):
        other = theirs[ours.op.name]
        assert _assets(ours) == _assets(other)
        assert _checks(ours) == _checks(other)
        assert ours.op.tags == other.op.tags
        assert ours.can_subset and other.can_subset
        for named in ("keys_by_input_name", "keys_by_output_name"):
            assert getattr(ours, named) == getattr(other, named)
        assert {*ours.check_specs_by_output_name} == {*other.check_specs_by_output_name}
        assert all({*spec.metadata} >= INNER for spec in other.specs)


def _assets(assets: dg.AssetsDefinition) -> dict[dg.AssetKey, dg.AssetSpec]:
    """Without what only dagster-dbt reads, and in which order it found what an asset reads."""
    return {
        spec.key: spec.replace_attributes(
            deps=sorted(spec.deps, key=lambda dep: dep.asset_key),
            metadata={name: value for name, value in spec.metadata.items() if name not in INNER},
        )
        for spec in assets.specs
    }


def _checks(assets: dg.AssetsDefinition) -> dict[dg.AssetCheckKey, Any]:
    return {
        spec.key: (
            spec.description,
            spec.blocking,
            spec.metadata,
            {dep.asset_key for dep in spec.additional_deps},
            spec.automation_condition,
            spec.partitions_def,
        )
        for spec in assets.check_specs
    }


def test_every_test_of_dbt_is_known(models: DbtModels) -> None:
    nodes = models.manifest["nodes"]
    assert {*models.tests} == {name for name in nodes if name.startswith("test.")}
    shown = {spec.key for part in models.parts.values() for spec in part.checks}
    assert shown == {test.check for test in models.tests.values() if test.check} & shown
    assert {*models.tables.values()} == {
        spec.key for part in models.parts.values() for spec in part.assets
    }


@pytest.mark.parametrize("chosen", ["all", "one table", "one table without its checks"])
def test_what_a_person_chose_is_what_dbt_selects(chosen: str, models: DbtModels) -> None:
    class Bench:
        def build(self, layer: str, *asked: Any) -> None:
            self.selected, self.excluded, *_ = asked

        def count_rows(self, layer: str) -> dict[str, int]:
            return {}

    [part], [assets] = dbt_runner.parts_of("segments"), build_layer(models, "segments")
    key = dg.AssetKey(["segments", "memberships"])
    table, bench = dg.AssetSelection.assets(key), Bench()
    selection, fqn = {
        "all": (None, part.select),
        "one table": (table, "clientele.segments.memberships"),
        "one table without its checks": (
            table.without_checks(),
            "clientele.segments.memberships",
        ),
    }[chosen]
    stub = SimpleNamespace(step=nullcontext, workbench=bench)
    assert any(check.asset_key == key for check in assets.check_keys)
    assert dg.materialize([assets], selection=selection, resources={"night": stub}).success
    assert (bench.selected, bench.excluded) == (fqn.split(), [])


def test_a_night_that_needs_no_dbt_imports_none(
    parsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(tmp_path, SETTINGS + "replay: on\n")
    shutil.copytree(parsed, settings.home.dbt)
    runner = night_dbt(settings)
    runner.prepare()
    load_models(runner)
    given = {"CLIENTELE_HOME": str(tmp_path), "CLIENTELE_SETTINGS": str(settings.file)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=True,
        cwd=PROJECT,
        env=os.environ | given,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def _other_project(folder: Path, patch: pytest.MonkeyPatch) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        node = next(n for n in manifest["nodes"].values() if n["resource_type"] == "model")
        node["description"] += " And more."

    _edit(folder, edit)


def _other_version(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dbt_models, "version", lambda name: f"next {name}")


def _other_code(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dbt_models, "_CODE", (Path(__file__),))


def _no_file(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "target" / "dagster.json").unlink()


def _half_a_file(folder: Path, patch: pytest.MonkeyPatch) -> None:
    file = folder / "target" / "dagster.json"
    file.write_bytes(file.read_bytes()[:5000])


def _no_parts(folder: Path, patch: pytest.MonkeyPatch) -> None:
    file = folder / "target" / "dagster.json"
    kept = json.loads(read_with_digest(file, ""))
    write_with_digest(file, json.dumps({"key": kept["key"]}))


def _one_bit(folder: Path, patch: pytest.MonkeyPatch) -> None:
    file = folder / "target" / "dagster.json"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [_other_project, _other_version, _other_code, _no_file, _half_a_file, _no_parts, _one_bit],
)
def test_what_does_not_fit_any_more_is_made_anew(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    runner: DbtRunner,
    models: DbtModels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Mapping[str, Any]] = []

    def translated(manifest: Mapping[str, Any], parts: Any) -> dict[str, Any]:
        asked.append(manifest)
        return {"parts": {}, "tables": {}, "tests": {}}

    (tmp_path / "target").mkdir()
    for file in (runner.manifest_path, runner.manifest_path.with_name("dagster.json")):
        shutil.copy(file, tmp_path / "target")
    monkeypatch.setattr(dbt_translation, "translate", translated)
    known = Known(tmp_path)
    assert load_models(known) == models and asked == []
    change(tmp_path, monkeypatch)
    assert load_models(known).parts == {} and len(asked) == 1
    assert load_models(known).parts == {} and len(asked) == 1
    assert (tmp_path / "target" / "dagster.json").stat().st_mode & 0o077 == 0


def test_another_parse_of_the_same_project_changes_nothing(
    runner: DbtRunner, models: DbtModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        manifest["metadata"] |= {"generated_at": "later", "invocation_id": "another"}
        for node in manifest["nodes"].values():
            node["created_at"] += 1

    (tmp_path / "target").mkdir()
    for file in (runner.manifest_path, runner.manifest_path.with_name("dagster.json")):
        shutil.copy(file, tmp_path / "target")
    _edit(tmp_path, edit)
    monkeypatch.delattr(dbt_translation, "translate")
    assert load_models(Known(tmp_path)).parts == models.parts


def _edit(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    file = folder / "target" / "manifest.json"
    manifest = json.loads(file.read_bytes())
    edit(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")

"""What a part's statements are rendered from, as a hash.

There are two. `Surroundings.state` is over every file, setting and version that dbt could read: as
long as it stands, last night's manifest and part keys are good and nothing is parsed. A part's key is
made from the manifest when the state has moved: it is over what this part uses and no more, so that
an edited model sends its own layer through dbt and no other.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from orchestration.warehouse.dbt_runner import Part
from orchestration.warehouse.feeds import DBT_PROJECT, feeds_variable

PACKAGES = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb", "duckdb")
_HERE = Path(__file__).parent
# What makes the connection, or keeps and sends: its change may change what the statements do.
_CODE = (
    *sorted(_HERE.glob("*.py")),
    *(_HERE.parent / f"{name}.py" for name in ("connection", "dbt_plugin", "dbt_runner")),
    *(_HERE.parent / f"{name}.py" for name in ("domains", "inputs")),
)
_NOT_READ = {"target", "logs", "__pycache__"}
# Parts of dbt_project.yml that a manifest's nodes and the texts' variables show one by one.
_SHOWN = {"vars", "models", "seeds", "snapshots", "tests", "data_tests"}
_VAR = re.compile(r"\bvar\s*\(\s*(?:['\"](\w+)['\"])?")
_ENV = re.compile(rb"\benv_var\s*\(\s*['\"](\w+)['\"]")


def digest(value: Any) -> str:
    """SHA-256 of bytes, or of anything that JSON can say."""
    if not isinstance(value, bytes):
        value = json.dumps(value, sort_keys=True, default=str).encode()
    return hashlib.sha256(value).hexdigest()


@dataclass(frozen=True)
class Surroundings:
    """Everything that dbt could read, as it is now."""

    project: Path = DBT_PROJECT
    version_of: Callable[[str], str] = version

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The project's files by their path in it."""
        found = sorted(path for path in self.project.rglob("*") if path.is_file())
        inside = ((path, path.relative_to(self.project)) for path in found)
        return {
            str(name): path.read_bytes() for path, name in inside if not _NOT_READ & {*name.parts}
        }

    @cached_property
    def given_vars(self) -> dict[str, Any]:
        """The variables that the night hands over."""
        given: dict[str, Any] = json.loads(feeds_variable(self.project))
        return given

    @cached_property
    def for_all(self) -> str:
        """What every part's statements hang on."""
        named = {name.decode() for text in self.files.values() for name in _ENV.findall(text)}
        settings = yaml.safe_load(self.files["dbt_project.yml"])
        return digest(
            [
                str(self.project.resolve()),  # a seed's statement names its file
                {name: self.version_of(name) for name in PACKAGES},
                {path.name: digest(path.read_bytes()) for path in _CODE},
                {
                    name: value
                    for name, value in os.environ.items()
                    if name in named or name.startswith("DBT_") or name == "CLIENTELE_DEV_FILE"
                },
                self.files["profiles.yml"].decode(),
                {name: value for name, value in settings.items() if name not in _SHOWN},
            ]
        )

    @cached_property
    def state(self) -> str:
        files = {name: digest(text) for name, text in self.files.items()}
        return digest([self.for_all, files, self.given_vars])

    def part_keys(
        self, manifest: Mapping[str, Any], parts: Iterable[Part]
    ) -> dict[str, tuple[str, list[str]]]:
        """Part → its key, and the tables (`schema.table`) that it reads of earlier parts."""
        reach = _Reach(manifest)
        return {part.name: self._part_key(manifest, reach, part) for part in parts}

    def _part_key(
        self, manifest: Mapping[str, Any], reach: "_Reach", part: Part
    ) -> tuple[str, list[str]]:
        nodes, sources = manifest["nodes"], manifest["sources"]
        own = reach.nodes_of(part)
        macros = reach.macros_of(own)
        texts = [nodes[name]["raw_code"] for name in own] + [*macros.values()]
        project_vars = yaml.safe_load(self.files["dbt_project.yml"]).get("vars") or {}
        known = project_vars | self.given_vars
        named = {name for text in texts for name in _VAR.findall(text)}
        parents = {parent for name in own for parent in reach.parents(name)} - own
        around = {name: (nodes.get(name) or sources.get(name) or {}) for name in parents}
        seeds = [nodes[name]["original_file_path"] for name in own if name.startswith("seed.")]
        key = digest(
            [
                self.for_all,
                part,
                {name: _lasting(nodes[name]) for name in own},
                {name: digest(self.files[name]) for name in seeds},
                macros,
                # A variable that is not named by a plain word could be any.
                known if "" in named else {name: known.get(name) for name in named},
                {name: node.get("relation_name") for name, node in around.items()},
            ]
        )
        reads = [f"{n['schema']}.{n['alias']}" for n in around.values() if "alias" in n]
        return key, sorted(reads)


class _Reach:
    """Who uses what, by the manifest's own dependencies."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._nodes, self._macros = manifest["nodes"], manifest["macros"]
        called = self._called(self._nodes)
        # dbt calls some macros by itself, and no dependency says so.
        self._unnamed = {
            name
            for name, macro in self._macros.items()
            if name not in called and not macro["package_name"].startswith("dbt")
        }

    def nodes_of(self, part: Part) -> set[str]:
        """The models and seeds in the folders that the part selects from, and their tests.

        A layer in two parts is one here: which of its models lie behind the step is told by the
        dependencies of the same models, since no layer reads a later one.
        """
        folders = tuple(f"{path}/" for path in re.findall(r"path:([\w/]+)", part.select))
        tests = {name for name in self._nodes if name.startswith("test.")}
        models = {
            name
            for name, node in self._nodes.items()
            if name not in tests and node["original_file_path"].startswith(folders)
        }
        known = self._upstream(models)
        inlined = {n for n in known if self._kind(n) == "ephemeral"}
        return (
            models
            | inlined
            | {
                name
                for name in tests
                if models & {*(reads := self.parents(name))}
                and known >= {*reads}  # one that looks at a later layer, too, waits for that
            }
        )

    def macros_of(self, nodes: Iterable[str]) -> dict[str, str]:
        """The text of every macro that may have a word in the nodes' statements."""
        wanted = self._called(nodes) | self._unnamed
        return {name: self._macros[name]["macro_sql"] for name in wanted}

    def parents(self, name: str) -> list[str]:
        found: list[str] = self._nodes.get(name, {}).get("depends_on", {}).get("nodes", [])
        return found

    def _kind(self, name: str) -> str:
        return str(self._nodes.get(name, {}).get("config", {}).get("materialized"))

    def _upstream(self, names: Iterable[str]) -> set[str]:
        found, left = set(), [*names]
        while left:
            if (name := left.pop()) not in found:
                found.add(name)
                left += self.parents(name)
        return found

    def _called(self, nodes: Iterable[str]) -> set[str]:
        nodes = [*nodes]
        kinds = tuple(f"materialization_{kind}_" for kind in {self._kind(n) for n in nodes})
        left = [name for name, macro in self._macros.items() if macro["name"].startswith(kinds)]
        for name in nodes:
            left += self._nodes[name]["depends_on"]["macros"]
        found: set[str] = set()
        while left:
            name = left.pop()
            if name not in found and name in self._macros:
                found.add(name)
                left += self._macros[name]["depends_on"]["macros"]
        return found


def _lasting(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node without what tells of the parse: when it was, and in which order it found things."""
    depends = {kind: sorted(names) for kind, names in node["depends_on"].items()}
    return {**node, "created_at": None, "depends_on": depends}

"""What a part's statements are rendered from, as a hash.

There are two. `Surroundings.state` is over every file, setting and version that dbt could read: as
long as it stands, last night's manifest and part keys are good and nothing is parsed. A part's key
is made from the manifest when the state has moved: it is over what this part uses and no more, so
that an edited model sends its own layer through dbt and no other.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from orchestration.warehouse.dbt_runner import Part
from orchestration.warehouse.feeds import feeds_variable
from orchestration.warehouse.replay.reach import Reach

PACKAGES = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb", "duckdb")
_HERE = Path(__file__).parent
# What makes the connection, or keeps and sends: its change may change what the statements do.
_BESIDE = ("connection", "dbt_plugin", "dbt_runner", "inputs")
_CODE = (*sorted(_HERE.glob("*.py")), *(_HERE.parent / f"{name}.py" for name in _BESIDE))
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


class Surroundings:
    """Everything that dbt could read in a project, as it is now."""

    def __init__(self, project: Path) -> None:
        found = {path.relative_to(project): path for path in sorted(project.rglob("*"))}
        self.files = {
            str(name): path.read_bytes()
            for name, path in found.items()
            if path.is_file() and not _NOT_READ & {*name.parts}
        }
        self._given = json.loads(feeds_variable(project))
        self._settings = yaml.safe_load(self.files["dbt_project.yml"])
        named = {name.decode() for text in self.files.values() for name in _ENV.findall(text)}
        named |= {name for name in os.environ if name.startswith("DBT_")} | {"CLIENTELE_DEV_FILE"}
        self._for_all = digest(
            [
                str(project.resolve()),  # a seed's statement names its file
                {name: version(name) for name in PACKAGES},
                {path.name: digest(path.read_bytes()) for path in _CODE},
                {name: os.environ.get(name) for name in named},
                self.files["profiles.yml"].decode(),
                {name: value for name, value in self._settings.items() if name not in _SHOWN},
            ]
        )

    @cached_property
    def state(self) -> str:
        files = {name: digest(text) for name, text in self.files.items()}
        return digest([self._for_all, files, self._given])

    def part_keys(
        self, manifest: Mapping[str, Any], parts: Iterable[Part]
    ) -> dict[str, tuple[str, list[str]]]:
        """Part → its key, and the tables (`schema.table`) that it reads of earlier parts."""
        reach = Reach(manifest)
        return {part.name: self._part_key(reach, part) for part in parts}

    def _part_key(self, reach: Reach, part: Part) -> tuple[str, list[str]]:
        own, read = reach.nodes_of(part)
        macros = reach.macros_of(own)
        texts = [*(node.get("raw_code", "") for node in own.values()), *macros.values()]
        named = {name for text in texts for name in _VAR.findall(text)}
        known = (self._settings.get("vars") or {}) | self._given
        seeds = [node["original_file_path"] for name, node in own.items() if name[:4] == "seed"]
        key = digest(
            [
                self._for_all,
                part,
                {name: _lasting(node) for name, node in own.items()},
                {name: digest(self.files[name]) for name in seeds},
                macros,
                # A variable that is not named by a plain word could be any.
                known if "" in named else {name: known.get(name) for name in named},
                sorted(node["relation_name"] for node in read),
            ]
        )
        tables = {f"{node['schema']}.{node.get('alias') or node['identifier']}" for node in read}
        return key, sorted(tables)


def _lasting(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node without what tells of the parse: when it was, and in which order it found things."""
    depends = {kind: sorted(names) for kind, names in node["depends_on"].items()}
    return {**node, "created_at": None, "depends_on": depends}

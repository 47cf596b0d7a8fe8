"""Who uses what, by the manifest's own dependencies."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from orchestration.warehouse.dbt_runner import Part


class Reach:
    """A manifest, asked what a part is made of."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        # An exposure sends nothing, but stands among the results.
        self._nodes = {**manifest["nodes"], **manifest["exposures"]}
        self._sources, self._macros = manifest["sources"], manifest["macros"]
        called = self._called(self._nodes)
        # dbt calls some macros by itself, and no dependency says so.
        self._unnamed = {
            name
            for name, macro in self._macros.items()
            if name not in called and not macro["package_name"].startswith("dbt")
        }

    def nodes_of(self, part: Part) -> tuple[dict[str, Any], list[Any]]:
        """The models and seeds in the folders that the part selects from, with their tests; and
        the tables that these read from elsewhere.

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
        inlined = {name for name in known if self._kind(name) == "ephemeral"}
        # A test that looks at a later layer, too, waits for that.
        looked = {
            name for name in tests if models & self._parents(name) and known >= self._parents(name)
        }
        own = models | inlined | looked
        read = {parent for name in own for parent in self._parents(name)} - own
        return (
            {name: self._nodes[name] for name in own},
            [self._nodes.get(name) or self._sources[name] for name in read],
        )

    def macros_of(self, nodes: Iterable[str]) -> dict[str, str]:
        """The text of every macro that may have a word in the nodes' statements."""
        wanted = self._called(nodes) | self._unnamed
        return {name: self._macros[name]["macro_sql"] for name in wanted}

    def _kind(self, name: str) -> str:
        return str(self._nodes.get(name, {}).get("config", {}).get("materialized"))

    def _parents(self, name: str) -> set[str]:
        return {*self._nodes.get(name, {}).get("depends_on", {}).get("nodes", [])}

    def _upstream(self, names: Iterable[str]) -> set[str]:
        found, left = set[str](), {*names}
        while left:
            found |= left
            left = {parent for name in left for parent in self._parents(name)} - found
        return found

    def _called(self, nodes: Iterable[str]) -> set[str]:
        nodes = [*nodes]
        kinds = tuple(f"materialization_{self._kind(name)}_" for name in nodes)
        left = {name for name, macro in self._macros.items() if macro["name"].startswith(kinds)}
        left |= {macro for name in nodes for macro in self._nodes[name]["depends_on"]["macros"]}
        found = set[str]()
        while left := left & self._macros.keys():
            found |= left
            called = (self._macros[name]["depends_on"]["macros"] for name in left)
            left = {macro for macros in called for macro in macros} - found
        return found

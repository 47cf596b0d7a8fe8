"""Which of dbt's models and tests a trial builds: those of the source, what they reach in core, and
what the records about people need."""

from collections.abc import Collection, Mapping
from typing import Any

from orchestration.layers import STEPS

PEOPLE = ("source_records", "identifiers", "customers")
# What identifiers are read by; likeness is weighed in no trial.
READING_STEPS = ("phones", "addresses")
_STEP_TABLES = {f"source.clientele.steps.{step}" for step in READING_STEPS}


def wanted_models(manifest: Any, kind: str) -> frozenset[str]:
    """The source's staging models, the core models that their rows reach, the records about people
    and the customers made of them; with all that these read."""
    models = {
        name: node
        for name, node in manifest.nodes.items()
        if node.resource_type in ("model", "seed")
    }
    staged = {name for name, node in models.items() if node.name.startswith(f"stg_{kind}__")}
    left = [*_reached_in_core(models, staged)]
    read_by_step = {table.split(".")[1] for step in READING_STEPS for table in STEPS[step]}
    left += [name for name, node in models.items() if node.name in {*PEOPLE, *read_by_step}]
    wanted: set[str] = set()
    while left:
        name = left.pop()
        if name in models and name not in wanted:
            wanted.add(name)
            left += models[name].depends_on_nodes
    return frozenset(wanted)


def _reached_in_core(models: Mapping[str, Any], staged: Collection[str]) -> set[str]:
    """The staging models and what reads them in core, by however many steps. A core model that
    reads staging, but nothing of this source, has no row in a trial."""
    found = set(staged)
    staging = {name for name, node in models.items() if node.schema == "staging"}
    core = {}
    for name, node in models.items():
        read = staging & {*node.depends_on_nodes}
        if node.schema == "core" and (not read or read & found):
            core[name] = node
    while True:
        more = {
            n for n, node in core.items() if n not in found and found & {*node.depends_on_nodes}
        }
        if not more:
            return found
        found |= more


def trial_nodes(manifest: Any, kind: str) -> tuple[set[str], set[str]]:
    """The models and tests of a trial, by unique id: what the steps that read identifiers
    read or do not touch, and what lies behind them."""
    wanted = wanted_models(manifest, kind)
    nodes = {*wanted, *own_tests(manifest, kind, wanted)}
    then = {name for name in nodes if _STEP_TABLES & {*manifest.nodes[name].depends_on_nodes}}
    while more := {
        name for name in nodes - then if then & {*manifest.nodes[name].depends_on_nodes}
    }:
        then |= more
    return nodes - then, then


def own_tests(manifest: Any, kind: str, built: Collection[str]) -> set[str]:
    """Tests of the source's own staging models, and of the unions that these feed, as far as they
    are `built`: with one source the others say nothing."""
    tests = set()
    for name, node in manifest.nodes.items():
        if node.resource_type == "test":
            read = {*node.depends_on_nodes}
            names = (of.split(".")[-1] for of in read)
            is_own = all(name.startswith((f"stg_{kind}__", "source_")) for name in names)
            if read and is_own and read <= {*built}:
                tests.add(name)
    return tests

"""dbt inside this process: one parse a night, then one build per layer,
each on a fresh connection that is closed afterwards.

Started as a program, dbt costs about six CPU seconds a call; here the first call costs
that and the others a fraction. dbt offers `dbtRunner` for this, but no way to close its
connection: `close_connections` reaches for three inner names, one of them private, and
`tests/orchestration/test_dbt_runner.py` fails loudly when a release moves them.
"""

import gc
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ingestion.files import sha256_of
from orchestration.layers import STEP_LAYER, STEP_TABLES
from orchestration.warehouse.feeds import DBT_PROJECT, feeds_variable

PARTIAL_PARSE = "partial_parse.msgpack"
RESULT_EVENTS = frozenset({"LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult"})


class Part(NamedTuple):
    """What one build of a layer selects; a layer with a Python step inside it is
    built in two parts."""

    name: str
    select: str
    exclude: str = ""


def parts_of(layer: str) -> list[Part]:
    """The builds of a layer, in order: what its steps read comes before them,
    what lies behind their results after.

    They are called by the layer's first step.
    """
    folder = f"path:models/{layer}" + (" path:seeds" if layer == "staging" else "")
    steps = [step for step, where in STEP_LAYER.items() if where == layer]
    if not steps:
        return [Part(layer, folder)]
    behind = " ".join(
        f"path:models/{layer},source:steps.{table}+"
        for step in steps
        for table in STEP_TABLES[step]
    )
    return [
        Part(f"{layer}_before_{steps[0]}", folder, behind),
        Part(f"{layer}_after_{steps[0]}", behind),
    ]


class DbtError(Exception):
    """dbt could not do what was asked; the message is dbt's own."""


@dataclass
class BuildResult:
    """What one build did: node → status for everything that ran,
    and dbt's own messages for what went wrong."""

    succeeded: bool
    failed_tests: list[str] = field(default_factory=list)
    errored: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


class DbtRunner:
    """dbt-core on the project's models. `folder` takes targets, logs and the partial parse."""

    def __init__(self, folder: Path, project: Path = DBT_PROJECT) -> None:
        self.folder = folder
        self.project = project
        self.manifest: Any = None
        self.notes: dict[str, str] = {}  # part → how else than by dbt, or why so after all
        self.listeners: list[
            Callable[[Any], None]
        ] = []  # get every event of dbt, e.g. each statement that it sends

    @property
    def is_prepared(self) -> bool:
        """Whether `manifest_path` holds the project as it is."""
        return self.manifest is not None

    def prepare(self) -> None:
        """Have the manifest in `manifest_path`. Errors: `DbtError`."""
        self.parse()

    @property
    def manifest_path(self) -> Path:
        return self.folder / "target" / "manifest.json"

    def _arguments(self, target_path: str) -> list[str]:
        return [
            *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
            *("--target-path", str(self.folder / target_path)),
            *("--vars", feeds_variable(self.project)),
        ]

    def _globals(self) -> list[str]:
        # Nothing to the console and nothing to a file: dbt's messages quote values; callers get
        # them and decide what to show.
        silent = [
            "--quiet",
            "--no-print",
            "--no-use-colors",
            "--log-level",
            "none",
            "--log-level-file",
            "none",
        ]
        return [*silent, "--log-path", str(self.folder / "logs")]

    def parse(self, *, write: bool = True) -> Any:
        """Parse the project once and keep the manifest, also in `manifest_path` where it is
        wanted: the file is a third of the work.

        Errors: `DbtError`.
        """
        silent = [*self._globals(), *([] if write else ["--no-write-json"])]
        if not self.is_as_written(PARTIAL_PARSE):
            self.manifest_path.with_name(PARTIAL_PARSE).unlink(missing_ok=True)
        with uncollected():
            from dbt.cli.main import dbtRunner  # two seconds of import: only when dbt really runs

            result = dbtRunner().invoke([*silent, "parse", *self._arguments("target")])
        if not result.success:
            raise DbtError(
                f"dbt could not parse {self.project}: {_remedied(str(result.exception))}"
            )
        self.manifest = result.result
        for file in (self.manifest_path, self.manifest_path.with_name(PARTIAL_PARSE)):
            if file.is_file():
                _digest(file).write_text(sha256_of(file), encoding="ascii")
        return self.manifest

    def is_as_written(self, name: str) -> bool:
        """Whether a file in `target/` is the one that the last parse left: what it says of models
        and syncs is believed without another parse."""
        file = self.manifest_path.with_name(name)
        if not file.is_file() or not _digest(file).is_file():
            return False
        return _digest(file).read_bytes() == sha256_of(file).encode()

    def build(
        self,
        inputs: Path,
        select: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        on_event: Callable[[dict[str, Any]], None] = lambda event: None,
        target: str = "layer",
        indirect: str = "buildable",
    ) -> BuildResult:
        """Build and test what `select` names in the generation that `inputs` describes.

        `indirect` says which tests go with a model: `buildable` those whose other tables are there
        by then (one over tables of a later layer waits for that layer), `empty` only those named.
        `on_event` is called with each result event as dbt's structured log has it. A failed
        test or model is told by the returned value; it raises `DbtError` only when dbt
        could not run at all.
        """
        from dbt.cli.main import dbtRunner
        from dbt_common.events.functions import msg_to_dict

        outcome = BuildResult(succeeded=False)

        def receive(message: Any) -> None:
            if message.info.level == "error" and message.info.msg.strip():
                outcome.messages.append(message.info.msg.strip())
            if message.info.name in RESULT_EVENTS:
                event = msg_to_dict(message)
                _classify(event, outcome)
                on_event(event)

        if self.manifest is None:
            self.parse()
        # Unit tests are of the code, not of the night.
        # The manifest was written when the project was parsed; writing it again costs more than
        # a layer of small tables.
        arguments = [
            *self._globals(),
            "--no-write-json",
            "build",
            *self._arguments(f"target-{target}"),
            "--indirect-selection",
            indirect,
        ]
        arguments += ["--exclude-resource-type", "unit_test", "--select", *select]
        if exclude:
            arguments += ["--exclude", *exclude]
        os.environ["CLIENTELE_INPUTS"] = str(inputs)
        try:
            result = dbtRunner(manifest=self.manifest, callbacks=[receive, *self.listeners]).invoke(
                arguments
            )
        finally:
            close_connections()
        if result.exception:
            raise DbtError(f"dbt build {' '.join(select)}: {result.exception}")
        # People's tools read it; --no-write-json leaves it out, too.
        if (write := getattr(result.result, "write", None)) is not None:
            write(str(self.folder / f"target-{target}" / "run_results.json"))
        outcome.succeeded = bool(result.success)
        return outcome


def _digest(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's collector. dbt's modules and its manifest stay: looking among them for
    garbage while they are made is a sixth of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _remedied(message: str) -> str:
    """dbt's message, and what to do where a source's own files lack a line."""
    folder = re.search(r"models/staging/(\w+)/", message)
    table = re.search(r"a source named 'raw\.(\w+)' which was not found", message)
    if not (folder and table):
        return message
    file = f"dbt_project/models/staging/{folder[1]}/_{folder[1]}__models.yml"
    return f"{message}; list {table[1]} in {file}, below sources: raw: tables"


def _classify(event: dict[str, Any], outcome: BuildResult) -> None:
    node = event["data"]["node_info"]
    status = str(event["data"].get("status") or node.get("node_status", "")).lower()
    name = node["unique_id"]
    if status == "fail":
        outcome.failed_tests.append(name)
    elif "error" in status:
        outcome.errored.append(name)


def close_connections() -> None:
    """Close the connection that dbt keeps, so that the generation's file is free
    for the next reader."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    reset_adapters()
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
        DuckDBConnectionManager._ENV = None

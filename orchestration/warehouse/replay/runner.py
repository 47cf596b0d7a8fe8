"""dbt that sends again what it has sent before."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingestion.files import write_atomically
from ingestion.layers import LAYERS
from orchestration.warehouse.dbt_runner import (
    DBT_PROJECT,
    BuildResult,
    DbtError,
    DbtRunner,
    Part,
    parts_of,
)
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay import told
from orchestration.warehouse.replay.key import Surroundings, digest
from orchestration.warehouse.replay.recorder import Recorder, Unkept
from orchestration.warehouse.replay.recording import Recording, read, write
from orchestration.warehouse.replay.resend import OtherwiseError, resend, scene_of

_PASSED = {"success", "pass"}
PARTS = tuple(part for layer in LAYERS for part in parts_of(layer))


@dataclass
class Parsed:
    """What is known of the project as it was parsed last: good as long as `state` stands and the
    manifest's file is the one that was written then. `parts`: as `Surroundings.part_keys` has it."""

    state: str
    manifest: str
    parts: dict[str, tuple[str, list[str]]]


class ReplayingDbt(DbtRunner):
    """As `DbtRunner`, but a whole part whose key is known is sent again without dbt.

    `kept` takes the recordings. Why a part was dbt's after all stands in `notes`.
    """

    def __init__(
        self,
        folder: Path,
        kept: Path,
        project: Path = DBT_PROJECT,
        parts: Sequence[Part] = PARTS,
        surroundings: Callable[[Path], Surroundings] = Surroundings,
    ) -> None:
        super().__init__(folder, project)
        self.kept = kept
        self.parts = parts
        self.notes: dict[str, str] = {}
        self._surroundings = surroundings
        self._parsed: Parsed | None = None

    @property
    def is_prepared(self) -> bool:
        return self._parsed is not None

    def prepare(self) -> None:
        """Know the project; it is parsed only when something was changed since it was parsed last.

        Errors: `DbtError`.
        """
        state = self._surroundings(self.project).state
        try:
            parsed = Parsed(**json.loads(self._file.read_text(encoding="utf-8")))
            if (parsed.state, parsed.manifest) == (state, self._manifest_digest()):
                self._parsed = parsed
                return
        except (OSError, ValueError, TypeError):
            pass  # there is none, or it is of another version
        self.parse()

    def parse(self) -> Any:
        """As `DbtRunner.parse`. Errors: `DbtError`, also when what this night has built so far was
        of another state of the project."""
        around = self._surroundings(self.project)
        if self._parsed and self._parsed.state != around.state:
            raise DbtError(f"{self.project} was changed while the night ran; run it again")
        manifest = super().parse()
        if self._parsed is None:
            read_back = json.loads(self.manifest_path.read_text(encoding="utf-8"))
            keys = around.part_keys(read_back, self.parts)
            self._parsed = Parsed(around.state, self._manifest_digest(), keys)
        else:
            self._parsed.manifest = self._manifest_digest()
        self.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(self._file, json.dumps(asdict(self._parsed)), private=True)
        return manifest

    @property
    def _file(self) -> Path:
        return self.kept / "parsed.json"

    def _manifest_digest(self) -> str:
        return digest(self.manifest_path.read_bytes())

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
        """As `DbtRunner.build`; `on_event` hears of a part that is sent again when it is through."""
        if not self.is_prepared:
            self.prepare()
        known = self._recording_of(target, select, exclude, indirect)
        if known is None:  # some nodes of a part: nothing that comes again
            return super().build(
                inputs, select, exclude, on_event=on_event, target=target, indirect=indirect
            )
        path, reads = known
        if (recording := read(path)) is not None:
            try:
                return self._resend(Inputs.load(inputs), recording, on_event, target)
            except OtherwiseError as error:
                self.notes[target] = str(error)
        # A part that does not pass any more would only be tried in vain night by night.
        path.unlink(missing_ok=True)
        recorder, heard, since = Recorder(), list[dict[str, Any]](), time.time_ns()

        def hear(event: dict[str, Any]) -> None:
            heard.append(event)
            on_event(event)

        with recorder.listening():
            result = super().build(
                inputs, select, exclude, on_event=hear, target=target, indirect=indirect
            )
        if result.succeeded and all(_status(event) in _PASSED for event in heard):
            try:
                self._keep(path, reads, Inputs.load(inputs), recorder, heard, target, since)
            except Unkept as reason:
                self.notes[target] = str(reason)
        return result

    def _recording_of(
        self, target: str, select: Sequence[str], exclude: Sequence[str], indirect: str
    ) -> tuple[Path, list[str]] | None:
        part = next((part for part in self.parts if part.name == target), None)
        is_whole = part and (part.select.split(), part.exclude.split(), "buildable") == (
            [*select],
            [*exclude],
            indirect,
        )
        if not is_whole or self._parsed is None:
            return None
        key, reads = self._parsed.parts[target]
        return self.kept / f"{target}-{key[:32]}.json", reads

    def _resend(
        self,
        inputs: Inputs,
        recording: Recording,
        on_event: Callable[[dict[str, Any]], None],
        target: str,
    ) -> BuildResult:
        sent, invocation = resend(inputs, recording), told.new_invocation()
        told.write_files(self.folder / f"target-{target}", recording, sent, invocation)
        for event in told.events(sent, invocation):
            on_event(event)
        self.notes[target] = "sent again"
        return BuildResult(succeeded=True)

    def _keep(
        self,
        path: Path,
        reads: list[str],
        inputs: Inputs,
        recorder: Recorder,
        heard: list[dict[str, Any]],
        target: str,
        since: int,
    ) -> None:
        folder = self.folder / f"target-{target}"
        results = json.loads((folder / told.RUN_RESULTS).read_text(encoding="utf-8"))
        never = [inputs.run_id, results["metadata"]["invocation_id"]]
        never.append(inputs.key_file.read_text(encoding="utf-8").strip())
        nodes = recorder.nodes(heard, never)
        files = told.kept_files(folder, since)
        write(path, Recording(scene_of(inputs, reads), reads, nodes, results, files))
        self.notes[target] = "built by dbt and kept"


def _status(event: dict[str, Any]) -> str:
    return str(event["data"]["node_info"]["node_status"]).lower()

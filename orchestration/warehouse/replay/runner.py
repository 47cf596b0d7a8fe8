"""dbt that sends again what it has sent before."""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ingestion.files import write_atomically
from ingestion.layers import LAYERS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import (
    DBT_PROJECT,
    BuildResult,
    DbtError,
    DbtRunner,
    parts_of,
)
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay import told
from orchestration.warehouse.replay.key import Surroundings, digest
from orchestration.warehouse.replay.recorder import Recorder, Unkept
from orchestration.warehouse.replay.recording import Recording, read, write
from orchestration.warehouse.replay.resend import OtherwiseError, narrowed, resend, scene

_PASSED = {"success", "pass"}
PARTS = tuple(part for layer in LAYERS for part in parts_of(layer))


class Parsed(BaseModel):
    """What is known of the project as it was parsed last: good as long as `state` stands and the
    manifest's file is the one of then. `parts`: as `Surroundings.part_keys` has it."""

    state: str
    manifest: str
    parts: dict[str, tuple[str, list[str]]]


class ReplayingDbt(DbtRunner):
    """As `DbtRunner`, but a whole part whose key is known is sent again without dbt.

    `kept` takes the recordings. How each part was built stands in `notes`.
    """

    def __init__(self, folder: Path, kept: Path, project: Path = DBT_PROJECT) -> None:
        super().__init__(folder, project)
        self.kept = kept
        self.parts = PARTS
        self.notes: dict[str, str] = {}
        self._parsed: Parsed | None = None

    @property
    def is_prepared(self) -> bool:
        return self._parsed is not None

    def prepare(self) -> None:
        """Know the project; it is parsed only when something was changed since it was parsed last.

        Errors: `DbtError`.
        """
        try:
            known = Parsed.model_validate_json(self._file.read_bytes())
            now = Surroundings(self.project).state, digest(self.manifest_path.read_bytes())
            if (known.state, known.manifest) == now:
                self._parsed = known
                return
        except (OSError, ValueError):
            pass  # there is none, or half of one
        self.parse()

    def _prepared(self) -> Parsed:
        if self._parsed is None:
            self.prepare()
        assert self._parsed is not None
        return self._parsed

    def parse(self) -> Any:
        """As `DbtRunner.parse`. Errors: `DbtError`, also when this night has begun with the project
        in another state."""
        around = Surroundings(self.project)
        if self._parsed and self._parsed.state != around.state:
            raise DbtError(f"{self.project} was changed while the night ran; run it again")
        super().parse()
        text = self.manifest_path.read_bytes()
        keys = around.part_keys(json.loads(text), self.parts)
        self._parsed = Parsed(state=around.state, manifest=digest(text), parts=keys)
        self.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(self._file, self._parsed.model_dump_json(), private=True)
        return self.manifest

    @property
    def _file(self) -> Path:
        return self.kept / "parsed.json"

    def build(
        self,
        inputs: Path,
        select: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        on_event: Callable[[dict[str, Any]], None] = lambda event: None,
        **named: Any,
    ) -> BuildResult:
        """As `DbtRunner.build`; `on_event` hears of a part that is sent again when it is over."""
        parsed = self._prepared()
        target = named.get("target", "")
        part = next((part for part in self.parts if part.name == target), None)
        asked = [*select], [*exclude], named.get("indirect", "buildable")
        if part is None or asked != (part.select.split(), part.exclude.split(), "buildable"):
            # some nodes of a part: nothing that comes again
            return super().build(inputs, select, exclude, on_event=on_event, **named)
        key, reads = parsed.parts[target]
        path, files = self.kept / f"{target}-{key[:32]}.json", self.folder / f"target-{target}"
        if recording := read(path):
            try:
                sent, invocation = resend(Inputs.load(inputs), recording), str(uuid.uuid4())
                told.write_files(files, recording, sent, invocation)
                for event in told.events(sent, invocation):
                    on_event(event)
                self.notes[target] = "sent again"
                return BuildResult(succeeded=True)
            except OtherwiseError as error:
                self.notes[target] = str(error)
        # What does not go through any more would only be tried in vain night by night.
        path.unlink(missing_ok=True)
        recorder, heard, since = Recorder(), list[dict[str, Any]](), time.time_ns()

        def hear(event: dict[str, Any]) -> None:
            heard.append(event)
            on_event(event)

        with recorder.listening():
            result = super().build(inputs, select, exclude, on_event=hear, **named)
        statuses = {str(event["data"]["node_info"]["node_status"]).lower() for event in heard}
        if result.succeeded and statuses <= _PASSED:
            try:
                write(path, _kept(recorder, heard, Inputs.load(inputs), reads, files, since))
            except Unkept as reason:
                self.notes[target] = str(reason)
        return result


def _kept(
    recorder: Recorder,
    heard: list[dict[str, Any]],
    inputs: Inputs,
    reads: list[str],
    files: Path,
    since_ns: int,
) -> Recording:
    """What dbt has just built. Errors: `Unkept`."""
    results = json.loads((files / told.RUN_RESULTS).read_text(encoding="utf-8"))
    secret = inputs.key_file.read_text(encoding="utf-8").strip()
    never = [inputs.run_id, results["metadata"]["invocation_id"], secret]
    connection = connect(narrowed(inputs, reads))
    try:
        looks = scene(connection, reads)
    finally:
        connection.close()
    return Recording(
        scene=looks,
        reads=reads,
        nodes=recorder.nodes(heard, never),
        run_results=results,
        files=told.kept_files(files, since_ns),
    )

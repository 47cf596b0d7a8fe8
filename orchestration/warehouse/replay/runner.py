"""dbt that sends again what it has sent before."""

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ingestion.files import DamagedFileError, read_with_digest, write_with_digest
from ingestion.layers import LAYERS
from orchestration.warehouse import dbt_runner
from orchestration.warehouse.dbt_runner import BuildResult, DbtRunner
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay import told
from orchestration.warehouse.replay.key import Surroundings, digest
from orchestration.warehouse.replay.recorder import Recorder, UnkeptError
from orchestration.warehouse.replay.recording import Recording, read, write
from orchestration.warehouse.replay.resend import OtherwiseError, resend, scene_of

PARTS = tuple(part for layer in LAYERS for part in dbt_runner.parts_of(layer))


class ReplayingDbt(DbtRunner):
    """As `DbtRunner`, but a whole part whose key is known is sent again without dbt.

    `kept` takes the recordings. How each part was built stands in `notes`.
    """

    def __init__(
        self, folder: Path, kept: Path, project: Path = dbt_runner.DBT_PROJECT, parts: Any = PARTS
    ) -> None:
        super().__init__(folder, project)
        self.kept, self.parts = kept, parts
        self._state = ""
        self._keys: dict[str, tuple[str, list[str]]] = {}

    @property
    def is_prepared(self) -> bool:
        return bool(self._keys)

    def prepare(self) -> None:
        """Know the project; it is parsed only when something was changed since it was parsed last.

        Errors: `DbtError`.
        """
        try:
            known = json.loads(read_with_digest(self.kept / "parsed.json", "remove it"))
            now = Surroundings(self.project).state, digest(self.manifest_path.read_bytes())
            if (known["state"], known["manifest"]) == now:
                self._state, self._keys = known["state"], known["keys"]
                return
        except (OSError, ValueError, LookupError, DamagedFileError):
            pass  # nothing is known, or half of it
        self.parse()

    def parse(self, *, write: bool = True) -> Any:
        """As `DbtRunner.parse`; the manifest is always written, since the keys are made of it.

        Errors: `DbtError`, also when this night has begun with the project in another state.
        """
        around = Surroundings(self.project)
        if self._state not in ("", around.state):
            raise dbt_runner.DbtError(
                f"{self.project} was changed while the night ran; run it again"
            )
        super().parse()
        text = self.manifest_path.read_bytes()
        self._state, self._keys = around.state, around.part_keys(json.loads(text), self.parts)
        known = {"state": self._state, "manifest": digest(text), "keys": self._keys}
        self.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_with_digest(self.kept / "parsed.json", json.dumps(known))
        return self.manifest

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
        if not self.is_prepared:
            self.prepare()
        target = named.get("target", "")
        part = next((part for part in self.parts if part.name == target), None)
        asked = [*select], [*exclude], named.get("indirect", "buildable")
        if part is None or asked != (part.select.split(), part.exclude.split(), "buildable"):
            # some nodes of a part: nothing that comes again
            return super().build(inputs, select, exclude, on_event=on_event, **named)
        key, reads = self._keys[target]
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
        recorder = Recorder(on_event)
        with recorder.listening():
            result = super().build(inputs, select, exclude, on_event=recorder.hear_result, **named)
        try:
            if result.succeeded:
                made = Inputs.load(inputs)
                nodes = recorder.nodes([made.run_id, made.key_file.read_text("utf-8").strip()])
                looks = scene_of(made, reads)
                write(path, Recording(looks, reads, nodes, *told.kept(files, recorder.since_ns)))
        except (UnkeptError, OSError) as reason:  # the part is good all the same
            self.notes[target] = str(reason)
        return result

"""What a night that was sent again is held against: dbt's own, and what is kept."""

import json
from dataclasses import replace
from pathlib import Path

from replay_project import FIRST, PARTS, SECOND, Built, Shop

from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay import recording
from orchestration.warehouse.replay.recording import Recording

AGAIN = {FIRST: "sent again", SECOND: "sent again"}
_TIMES = {"execution_time", "timing", "thread_id"}


def recordings(shop: Shop, part: str) -> list[Path]:
    return sorted((shop.folder / "kept").glob(f"{part}-*.json"), key=lambda f: f.stat().st_mtime_ns)


def of(shop: Shop, part: str) -> Recording:
    found = recording.read(recordings(shop, part)[-1])
    assert found is not None
    return found


def by_dbt(shop: Shop, inputs: Inputs) -> Built:
    """The same night by dbt alone, in a generation beside it."""
    beside = replace(inputs, generation=inputs.generation.with_suffix(".by-dbt.duckdb"))
    path = beside.save(shop.file_of(inputs).with_suffix(".by-dbt"))
    built = shop.night(inputs=inputs, replays=False, path=path)
    return replace(built, inputs=beside)


def run_results(folder: Path) -> list[tuple[object, ...]]:
    """What the parts' run_results.json say, but for times."""
    found = []
    for part in PARTS:
        text = (folder / f"target-{part.name}" / "run_results.json").read_text(encoding="utf-8")
        read = json.loads(text)
        assert {"metadata", "results", "elapsed_time", "args"} <= read.keys()
        for result in read["results"]:
            timeless = {name: value for name, value in result.items() if name not in _TIMES}
            found.append((part.name, json.dumps(timeless, sort_keys=True)))
    return sorted(found)


def compiled(folder: Path) -> dict[str, str]:
    """The SQL that the parts' targets hold, as dbt compiled and as it ran it."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for part in PARTS
        for path in (folder / f"target-{part.name}").rglob("*.sql")
    }

"""Figures of rot: one bit of one file changed, then read as the product reads; what it costs a
night to ask.

CLIENTELE_LARGE_HOME=<home> is a home of 100,000 customers with a night, read and left as it is;
without it one is made.
"""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from commands import clientele, figure, report

from ingestion.errors import LedgerError
from ingestion.files import DamagedFileError, sha256_of
from ingestion.layers import RAW
from ingestion.load.loader import load
from orchestration.control.store import ControlStore
from orchestration.night.night_inputs import raw_relations
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.histories import customer_ids
from orchestration.warehouse.inputs import Inputs

SIZES = {"full": (200, 100, 100_000), "tiny": (60, 5, 60)}  # customers, flips of a kind, large home
# Errors that name a file and what restores it; of a block, DuckDB's own.
SEEN = (DamagedFileError, LedgerError, duckdb.IOException)


def measure(size: str = "full") -> list[dict[str, Any]]:
    """The three kinds of files, and the share of a night."""
    customers, flips, large = SIZES[size]
    with tempfile.TemporaryDirectory(prefix="clientele-rot-") as folder:
        home = Path(folder) / "home"
        _make(home, customers)
        clientele(home, "nightly")  # whose generation was made of the first one's ids
        figures = _silent(home, flips)
        known = os.environ.get("CLIENTELE_LARGE_HOME")
        if not known and large != customers:
            _make(Path(folder) / "large", large)
            known = str(Path(folder) / "large")
        return [*figures, _check_ratio(Path(known) if known else home)]


def _make(home: Path, customers: int) -> None:
    clientele(home, "sample", "--customers", str(customers))
    clientele(home, "nightly")


def _silent(home: Path, flips: int) -> list[dict[str, Any]]:
    """Changed bits after which something else is read, and nothing is said."""
    settings = load_settings(None, home)
    store = ControlStore.open(settings.home.store)
    as_of = datetime.fromisoformat(report(home)["as_of"])
    generation = [home / "generations", home / "derived" / "runs" / report(home)["run_id"]]
    kinds: dict[str, tuple[list[Path], Callable[[], Any]]] = {
        "raw": (_files(home / "raw"), lambda: _read_raw(settings, store, as_of)),
        "ids": (_files(home / "ids"), lambda: _read_ids(settings, store, as_of)),
        "generation": (
            [file for folder in generation for file in _files(folder)],
            lambda: _read_generation(settings),
        ),
    }
    try:
        return [_flipped(kind, *how, flips) for kind, how in kinds.items()]
    finally:
        store.close()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _flipped(kind: str, files: list[Path], read: Callable[[], Any], flips: int) -> dict[str, Any]:
    dice, silent, named = random.Random(f"rot of {kind}"), 0, 0
    sound = read()
    for _ in range(flips):
        with _one_bit(dice.choice(files), dice):
            try:
                silent += read() != sound
            except SEEN:
                named += 1
    note = f"of {flips}; {named} named, after {flips - named - silent} nothing else is read"
    return figure(f"silent_bit_flips_{kind}", silent, "flips", "= 0", note)


@contextmanager
def _one_bit(file: Path, dice: random.Random) -> Iterator[None]:
    place, bit = dice.randrange(file.stat().st_size), 1 << dice.randrange(8)
    _change(file, place, bit)
    try:
        yield
    finally:
        _change(file, place, bit)


def _change(file: Path, place: int, bit: int) -> None:
    with file.open("r+b") as content:
        content.seek(place)
        byte = content.read(1)[0]
        content.seek(place)
        content.write(bytes([byte ^ bit]))


def _read_raw(settings: Settings, store: ControlStore, as_of: datetime) -> Any:
    """What a night does first, and what it reads then."""
    loaded = load(
        settings.landing,
        settings.raw,
        store,
        settings.contracts,
        settings.enabled_sources,
        as_of=as_of,
        as_of_date=date.max,
        run_id="rot",
    )
    relations = raw_relations(settings, store, settings.contracts, as_of)
    inputs = Generations(settings.home.generations).current_inputs().with_relations(relations)
    return loaded.in_quarantine, _contents(inputs.reading([RAW]))


def _read_ids(settings: Settings, store: ControlStore, as_of: datetime) -> Any:
    """As a night, and as whoever opens the published generation."""
    inputs = Generations(settings.home.generations).current_inputs()
    night = inputs.with_relations(
        {"ids.customer_ids": customer_ids(store, settings.home.ids, as_of)}
    )
    return _contents(inputs.reading(["ids"])), _contents(night.reading(["ids"]))


def _read_generation(settings: Settings) -> Any:
    """As shell, previews and deliveries."""
    generations = Generations(settings.home.generations)
    current, inputs = generations.current(), generations.current_inputs()
    manifest = generations.manifest(current).read_bytes()
    return current, inputs, manifest, _contents(inputs.without_raw()), _tables(inputs)


def _contents(inputs: Inputs) -> dict[str, Any]:
    """Rows and hash of each relation outside the generation's file."""
    connection = connect(inputs)
    try:
        return {
            name: connection.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchall()
            for name in inputs.relations
        }
    finally:
        connection.close()


def _tables(inputs: Inputs) -> dict[str, Any]:
    """The same of each table in it."""
    connection = connect(inputs.reading([]))
    try:
        names = connection.execute(
            'select format(\'clientele."{}"."{}"\', schema_name, table_name) from duckdb_tables()'
            " where database_name = 'clientele'"
        ).fetchall()
        return {
            name: connection.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchall()
            for (name,) in names
        }
    finally:
        connection.close()


def _check_ratio(home: Path) -> dict[str, Any]:
    """CPU of a night that loads nothing, with its look at every file of raw and ids over that
    without. The night's own CPU is that of the home's last one, less its step raw."""
    settings, told = load_settings(None, home), report(home)
    (raw_step,) = [step["cpu_s"] for step in told["steps"] if step["name"] == "raw"]
    rest = told["cpu_s"] - raw_step
    began = time.process_time()
    listed = settings.raw.listed()
    settings.raw.digests(listed)
    for file in [*_files(home / "ids"), *_files(home / "derived" / "runs" / told["run_id"])]:
        sha256_of(file)
    spent = time.process_time() - began
    size = sum(stat.size for stat in listed.values() if stat) / 1e6
    note = f"{spent:.2f} CPU s for {len(listed):,} files of raw, {size:,.0f} MB; {rest:.0f} without"
    return figure("rot_check_ratio", round((rest + spent) / rest, 3), "ratio", "<= 1.05", note)

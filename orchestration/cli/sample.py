"""`clientele sample`: the extracts of a data set with known answers."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ingestion.samples import DataSet, Place, data_set_of
from ingestion.storage.folder import Folder, empty_folder
from ingestion.storage.protocol import Storage
from orchestration.settings import Settings, load_settings


def make(data_set: DataSet, options: Mapping[str, Any], say: Callable[[str], None] = print) -> None:
    """Write a data set's extracts to the landing zone, with those of the options that it takes."""
    _make(load_settings(), data_set, {name: options[name] for name in data_set.OPTIONS}, say)


def make_if_empty(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the data set that the settings read, unless something was delivered already."""
    landing = settings.landing
    if landing.exists() and any(True for _ in landing.files(hidden=(".", "_"))):
        return
    _make(settings, data_set_of(settings.enabled_sources), {}, say)


def _make(
    settings: Settings, data_set: DataSet, options: Mapping[str, Any], say: Callable[[str], None]
) -> None:
    landing = settings.landing
    with _folder(landing) as folder:
        made = data_set.make(Place(folder, str(landing), settings.home.truth, say), **options)
    say(made)


@contextmanager
def _folder(landing: Storage) -> Iterator[Path]:
    """Where the files are made: in the landing zone itself, or on this machine,
    to be put into its bucket afterwards."""
    if isinstance(landing, Folder):
        yield landing.root
        return
    empty_folder(landing.building)
    yield landing.building
    for path, _ in sorted(Folder(landing.building).files(hidden=(".", "_"))):
        landing.publish(landing.building / path, path)
    shutil.rmtree(landing.building)

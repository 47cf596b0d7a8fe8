"""The installation's secret: made once, and from the first published night on never another."""

import os
from pathlib import Path

import pytest

from orchestration.control.installation_key import installation_key, remember_key
from orchestration.control.store import ControlStore
from orchestration.home import Home, SettingsError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def store(home: Home) -> ControlStore:
    return ControlStore.open(home.store)


def test_it_is_made_once_and_for_its_owner_alone(home: Home, store: ControlStore) -> None:
    path = installation_key(home, store)
    assert len(path.read_text()) == 64
    assert path.stat().st_mode & 0o077 == 0
    assert installation_key(home, store).read_text() == path.read_text()
    path.unlink()  # nothing was published: another is as good
    assert len(installation_key(home, store).read_text()) == 64


def test_after_a_published_night_a_missing_one_is_not_made_again(
    home: Home, store: ControlStore
) -> None:
    path = installation_key(home, store)
    remember_key(store, path)
    path.unlink()
    with pytest.raises(SettingsError, match=r"installation\.key: .* is missing; restore it"):
        installation_key(home, store)
    assert not path.exists()


def test_a_home_that_was_published_before_digests_were_kept_gets_no_new_one(
    home: Home, store: ControlStore
) -> None:
    home.generations.mkdir()
    (home.generations / "current").write_text("a-night")
    with pytest.raises(SettingsError, match="is missing"):
        installation_key(home, store)


def test_another_one_is_refused_wherever_it_is_named(
    home: Home, store: ControlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = installation_key(home, store)
    remember_key(store, path)
    kept = path.read_text()
    path.write_text("a" * 64)
    with pytest.raises(SettingsError, match="not the secret that this home was published with"):
        installation_key(home, store)
    # A line's end is no part of it, and another one is never remembered.
    path.write_text(f"{kept}\n")
    assert installation_key(home, store) == path
    other = tmp_path / "other.key"
    other.write_text("b" * 64)
    remember_key(store, other)
    monkeypatch.setitem(os.environ, "CLIENTELE_KEY_FILE", str(other))
    with pytest.raises(SettingsError, match=r"other\.key: this is not the secret"):
        installation_key(home, store)


def test_what_the_store_keeps_tells_nothing_of_it(home: Home, store: ControlStore) -> None:
    path = installation_key(home, store)
    remember_key(store, path)
    ((kept,),) = store.query("select key_digest from owner")
    assert len(kept) == 64
    assert kept != path.read_text()


def test_an_empty_one_is_refused(home: Home, store: ControlStore) -> None:
    remember_key(store, installation_key(home, store))
    home.key_file.write_text("\n")
    with pytest.raises(SettingsError, match="empty"):
        installation_key(home, store)


def test_folders_of_an_older_home_are_closed_but_the_one_that_others_deliver_to(home: Home) -> None:
    for name in ("raw", "ids", "extracts"):
        (home.path / name).mkdir(mode=0o755)
    home.keep_private()
    modes = {name: (home.path / name).stat().st_mode & 0o077 for name in ("raw", "ids", "extracts")}
    assert modes == {"raw": 0, "ids": 0, "extracts": 0o055}

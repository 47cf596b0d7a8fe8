"""The home: the one folder of all state, and the installation's secret in it."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from ingestion.files import fsync


class SettingsError(Exception):
    """A setting, or a secret that a setting names, is wrong or missing;
    the message names the key and the remedy."""


def keep_files_private() -> None:
    """From here on every file and folder that this process and its children make is readable by
    its owner alone. Each entry point calls it first."""
    os.umask(0o077)


class Home:
    """The folders of the state: everything that Clientele writes is below one folder
    (CLIENTELE_HOME, else var/)."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def __getattr__(self, name: str) -> Path:
        if name not in _FOLDERS:
            raise AttributeError(name)
        return self.path / name

    @property
    def store(self) -> Path:
        """The control store's file."""
        return self.path / "control" / "clientele.sqlite"

    @property
    def key_file(self) -> Path:
        """Where the installation's secret is: CLIENTELE_KEY_FILE, else below `control/`.

        Errors: `SettingsError` when the variable names a file that is not there.
        """
        named = os.environ.get("CLIENTELE_KEY_FILE")
        if named and not Path(named).exists():
            raise SettingsError(
                f"CLIENTELE_KEY_FILE: {named} does not exist;"
                " name the file that holds the installation's secret"
            )
        return Path(named) if named else self.path / "control" / "installation.key"

    def keep_private(self) -> None:
        """Close the folders of the state to everybody but their owner: a home of an earlier version
        may be readable. `extracts/` stays as it is, since others may deliver there."""
        for name in _FOLDERS:
            folder = self.path / name
            if name != "extracts" and folder.is_dir() and folder.stat().st_mode & 0o077:
                folder.chmod(0o700)


def make_key(path: Path) -> None:
    """Whole and on disk under its name, or not there: every customer id hangs on it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(secrets.token_hex(32), encoding="ascii")
    fsync(unfinished)
    with suppress(FileExistsError):  # another process was faster
        os.link(unfinished, path)
    unfinished.unlink()


_STATE = (
    "extracts",
    "raw",
    "derived",
    "ids",
    "generations",
    "control",
    "nights",
    "truth",
    "dagster",
    "dbt",
)
_FOLDERS = (*_STATE, "drafts", "dev", "mend", "spool")

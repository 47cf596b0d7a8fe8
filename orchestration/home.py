"""The home: the one folder of all state, and the installation's secret in it."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from ingestion.files import fsync


class SettingsError(Exception):
    """A setting, or a secret that a setting names, is wrong or missing;
    the message names the key and the remedy."""


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
        """The file with the installation's secret;
        made at the first start unless CLIENTELE_KEY_FILE names another."""
        named = os.environ.get("CLIENTELE_KEY_FILE")
        path = Path(named) if named else self.path / "control" / "installation.key"
        if not path.exists():
            if named:
                raise SettingsError(
                    f"CLIENTELE_KEY_FILE: {path} does not exist;"
                    " name the file that holds the installation's secret"
                )
            _make_key(path)
        if not path.read_bytes().strip():
            raise SettingsError(
                f"{path}: the installation's secret is empty; restore it from your backup,"
                " or name its file in CLIENTELE_KEY_FILE"
            )
        return path


def _make_key(path: Path) -> None:
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

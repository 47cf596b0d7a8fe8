"""The installation's secret belongs to its control store: customer ids are made with it.

With another secret every record gets another id, everything is sent again, and people who left are
not recognised. So the first night that is published leaves a digest of the secret here, and from
then on a night with a missing or another secret does not begin.
"""

import hashlib
import hmac
from pathlib import Path

from orchestration.control.store import ControlStore
from orchestration.home import Home, SettingsError, make_key

_REMEDY = (
    "restore it from your backup, or name its file in CLIENTELE_KEY_FILE."
    " With another one every customer would get another id. If it is lost for good,"
    " load the extracts into a new home: clientele --home <folder> nightly"
)


def installation_key(home: Home, store: ControlStore) -> Path:
    """The file with the secret; made here when nothing was published yet.

    Errors: `SettingsError` when it is missing or empty, or is not the one that was published with.
    """
    path = home.key_file
    known = store.query("select key_digest from owner")[0]["key_digest"]
    if not path.exists():
        if known or (home.generations / "current").exists():
            raise SettingsError(f"{path}: the installation's secret is missing; {_REMEDY}")
        make_key(path)
    if known and not hmac.compare_digest(known, _digest(path)):
        raise SettingsError(
            f"{path}: this is not the secret that this home was published with; {_REMEDY}"
        )
    return path


def remember_key(store: ControlStore, path: Path) -> None:
    """Bind the store to the secret of a night that is published."""
    with store.transaction() as db:
        db.execute("update owner set key_digest = ? where key_digest is null", [_digest(path)])


def _digest(path: Path) -> str:
    """An HMAC: it tells whether a secret is the same, and nothing about it."""
    secret = path.read_bytes().strip()
    if not secret:
        raise SettingsError(f"{path}: the installation's secret is empty; {_REMEDY}")
    return hmac.new(secret, b"clientele: the secret of this store", hashlib.sha256).hexdigest()

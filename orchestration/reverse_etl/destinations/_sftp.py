"""A folder on somebody's SFTP server, for lists: a file is put under another name and renamed,
so that it appears whole or not at all."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import paramiko

from ingestion.errors import StorageError

SFTP = "sftp://"
PORT = 22


class SftpFolder:
    """sftp://user@host:port/folder.

    Errors, from every method: `StorageError`, with the remedy and without the password.
    """

    def __init__(
        self, url: str, spool: Path, *, password: str, host_key: str, timeout: float
    ) -> None:
        """`host_key`: what the server is known by, as in a line of known_hosts:
        `ssh-ed25519 AAAA…`. Without the right one nobody talks."""
        where = urlsplit(url)
        self._host, self._port = where.hostname or "", where.port or PORT
        self._folder = PurePosixPath(unquote(where.path) or "/")
        self._user, self._password = where.username, password
        self._host_key, self._timeout = host_key, timeout
        self._brought = spool / "brought"
        self._client: paramiko.SSHClient | None = None
        self.building = spool / "building"

    def make(self) -> None:
        """Make the folder, and those above it, where they are missing."""
        with self._told() as files:
            for folder in [*reversed(self._folder.parents), self._folder]:
                try:
                    files.stat(str(folder))
                except FileNotFoundError:
                    files.mkdir(str(folder), 0o700)

    def bring(self, path: str) -> Path:
        target = self._brought / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._told() as files:
            try:
                files.get(str(self._folder / path), str(target))
            except FileNotFoundError:
                target.unlink(missing_ok=True)
        return target

    def let_go(self) -> None:
        shutil.rmtree(self._brought, ignore_errors=True)

    def publish(self, built: Path, path: str, mode: int | None = None) -> None:
        unfinished = str(self._folder / f".{path}.part")
        with self._told() as files:
            files.put(str(built), unfinished)  # its size is compared
            if mode is not None:
                files.chmod(unfinished, mode)
            files.posix_rename(unfinished, str(self._folder / path))
        built.unlink()

    def close(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    @contextmanager
    def _told(self) -> Iterator[paramiko.SFTPClient]:
        try:
            with self._connected().open_sftp() as files:
                yield files
        except (OSError, EOFError, ValueError, paramiko.SSHException) as error:
            self.close()
            raise StorageError(
                f"{SFTP}{self._host}:{self._port}{self._folder}: {type(error).__name__}; "
                "check address, user, password, host key and the right to write there"
            ) from None

    def _connected(self) -> paramiko.SSHClient:
        if self._client is None:
            kind, _, key = self._host_key.partition(" ")
            client = paramiko.SSHClient()
            name = self._host if self._port == PORT else f"[{self._host}]:{self._port}"
            client.get_host_keys().add(
                name, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(key))
            )
            client.set_missing_host_key_policy(paramiko.RejectPolicy())
            client.connect(
                self._host,
                self._port,
                self._user,
                self._password,
                timeout=self._timeout,
                allow_agent=False,  # this password, and no key that happens to lie about
                look_for_keys=False,
            )
            self._client = client
        return self._client

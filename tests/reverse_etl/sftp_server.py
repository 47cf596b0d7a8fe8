"""An SFTP server of one folder for one user, in this process."""

import os
import socket
import threading
from pathlib import Path

import paramiko


class Door(paramiko.ServerInterface):
    """Lets in who knows the password."""

    def __init__(self, password: str) -> None:
        self.password = password

    def check_auth_password(self, username: str, password: str) -> int:
        known = (username, password) == ("partner", self.password)
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return (
            paramiko.OPEN_SUCCEEDED
            if kind == "session"
            else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        )


class Shelf(paramiko.SFTPServerInterface):
    """The folder as SFTP sees it."""

    root: Path

    def _path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _done(self, act, *arguments) -> int:
        try:
            act(*arguments)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK

    def stat(self, path):
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, attr):
        try:
            file = os.fdopen(
                os.open(self._path(path), flags, 0o600), "wb" if flags & os.O_WRONLY else "rb"
            )
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = handle.writefile = file
        return handle

    def mkdir(self, path, attr):
        return self._done(self._path(path).mkdir)

    def chattr(self, path, attr):
        return self._done(self._path(path).chmod, attr.st_mode)

    def posix_rename(self, oldpath, newpath):
        return self._done(self._path(oldpath).replace, self._path(newpath))


class SftpServer:
    """Use as a context manager; `url` and `host_key` are what a client needs to know."""

    def __init__(self, root: Path, password: str) -> None:
        self._key = paramiko.RSAKey.generate(2048)
        self._shelf = type("BoundShelf", (Shelf,), {"root": root})
        self._password = password
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"sftp://partner@127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def host_key(self) -> str:
        return f"{self._key.get_name()} {self._key.get_base64()}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            self._transports.append(transport)
            transport.add_server_key(self._key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, self._shelf)
            try:
                transport.start_server(server=Door(self._password))
            except (paramiko.SSHException, EOFError):
                transport.close()

    def __enter__(self) -> "SftpServer":
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for transport in self._transports:
            transport.close()
        self._thread.join()

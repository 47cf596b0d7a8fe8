"""What may lie in a landing zone without being a file like others: names, links, pipes, folders."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

Lay = Callable[[Path, float], None]
EVENT = b'{"id": 1, "note": "n"}\n'
EVENTS = "events-2024-05-01-hostile.jsonl"
KEY = "installation.key"


def places() -> dict[str, Lay]:
    """By what is wrong with them."""
    return _links() | _special() | _names() | _folders() | _holes()


def _link(target: str, name: str = EVENTS) -> Lay:
    return lambda shop, scale: (shop / name).symlink_to(target)


def _links() -> dict[str, Lay]:
    def key(shop: Path, scale: float) -> None:
        (shop / EVENTS).symlink_to(shop.parent.parent / KEY)

    def manifest(shop: Path, scale: float) -> None:
        (shop / EVENTS).write_bytes(EVENT)
        (shop / f"{EVENTS}.manifest.json").symlink_to(shop.parent.parent / KEY)

    def each_other(shop: Path, scale: float) -> None:
        names = [f"folder-{i}" for i in range(12)]
        for name in names:
            (shop / name).mkdir()
            for other in names:
                (shop / name / other).symlink_to(shop / other)

    def hard(shop: Path, scale: float) -> None:
        os.link(shop / "events-2024-05-01-good.jsonl", shop / EVENTS)

    return {
        "a link to the key": key,
        "a manifest that is a link to the key": manifest,
        "a link to /etc/passwd": _link("/etc/passwd"),
        "a link to /proc": _link("/proc", "proc"),
        "a link to /": _link("/", "everything"),
        "a link to /dev/zero": _link("/dev/zero"),
        "a link to itself": _link(EVENTS),
        "a link to nowhere": _link("/nowhere"),
        "a link that leads back": _link("..", "back"),
        "twelve folders linked to each other": each_other,
        "a hard link": hard,
    }


def _special() -> dict[str, Lay]:
    def unix_socket(shop: Path, scale: float) -> None:
        there = Path.cwd()
        os.chdir(shop)  # its path has a limit of its own
        try:
            with socket.socket(socket.AF_UNIX) as opened:
                opened.bind(EVENTS)
        finally:
            os.chdir(there)

    def device(shop: Path, scale: float) -> None:
        try:
            os.mknod(shop / EVENTS, stat.S_IFCHR | 0o600, os.makedev(1, 5))
        except PermissionError:  # who is not root lays a link
            (shop / EVENTS).symlink_to("/dev/zero")

    def manifest(shop: Path, scale: float) -> None:
        (shop / EVENTS).write_bytes(EVENT)
        os.mkfifo(shop / f"{EVENTS}.manifest.json")

    return {
        "a pipe": lambda shop, scale: os.mkfifo(shop / EVENTS),
        "a manifest that is a pipe": manifest,
        "a socket": unix_socket,
        "a device": device,
        "a folder by the name of a file": lambda shop, scale: (shop / EVENTS).mkdir(),
    }


def _names() -> dict[str, Lay]:
    def named(name: bytes) -> Lay:
        def lay(shop: Path, scale: float) -> None:
            Path(os.fsdecode(os.fsencode(shop) + b"/" + name)).write_bytes(EVENT)

        return lay

    def folder(shop: Path, scale: float) -> None:
        made = Path(os.fsdecode(os.fsencode(shop) + b"/\xff\xfe"))
        made.mkdir()
        (made / EVENTS).write_bytes(EVENT)

    end = b"-2024-05-01.jsonl"
    return {
        "a folder whose name is no UTF-8": folder,
        "a name that is no UTF-8": named(b"events-\xff" + end),
        "a name of two lines": named(b"events-\n" + end),
        "a name that clears the screen": named(b"events-\x1b[2J" + end),
        "a name that reads backwards": named("events-\u202e".encode() + end),
        "a name of 255 bytes": named(b"events-" + b"x" * (248 - len(end)) + end),
        "a name that is SQL": named(b"events-'; drop table x; --" + end),
    }


def _folders() -> dict[str, Lay]:
    def deep(name: str) -> Lay:
        def lay(shop: Path, scale: float) -> None:
            at = os.open(shop, os.O_RDONLY)
            for _ in range(1000):
                os.mkdir(name, dir_fd=at)
                inner = os.open(name, os.O_RDONLY, dir_fd=at)
                os.close(at)
                at = inner
            os.close(at)

        return lay

    def closed(shop: Path, scale: float) -> None:
        (shop / "closed").mkdir()
        (shop / "closed" / EVENTS).write_bytes(EVENT)
        (shop / "closed").chmod(0)

    return {
        "a folder 1,000 levels deep": deep("d"),
        "a folder beyond the longest path": deep("deeper"),
        "a folder without permission": closed,
    }


def _holes() -> dict[str, Lay]:
    def hole(name: str, size: int) -> Lay:
        def lay(shop: Path, scale: float) -> None:
            (shop / EVENTS).write_bytes(EVENT)
            with (shop / name).open("wb") as file:
                file.truncate(size)

        return lay

    return {
        "a manifest of 3 GB": hole(f"{EVENTS}.manifest.json", 3 << 30),
        "a sparse file of 1 TB": hole(EVENTS, 1 << 40),
        "a sparse Parquet file of 1 TB": hole("products-2024-05-01-hostile.parquet", 1 << 40),
    }

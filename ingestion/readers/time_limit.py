"""How long one file may take, so that the others get their turn."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ingestion.errors import ExtractError

# No honest file comes near: packed 50 times, it is read at 5 MB a second and more.
SECONDS = 600
BYTES_PER_SECOND = 100_000
_AGAIN_SECONDS = 1


def seconds_for(size: int) -> int:
    """The limit of a file of so many bytes."""
    return SECONDS + size // BYTES_PER_SECOND


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, size: int) -> Iterator[None]:
    """Ends what goes on over `connection` when the limit of a file of `size` bytes is over.

    Errors: `ExtractError` then.
    """
    limit = seconds_for(size)
    is_done, is_late = threading.Event(), threading.Event()

    def watch() -> None:
        if is_done.wait(limit):
            return
        is_late.set()
        # Again and again: between two statements there is nothing to interrupt.
        while not is_done.wait(_AGAIN_SECONDS):
            connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except Exception:
        if is_late.is_set():
            raise ExtractError(
                f"took longer than the {limit} seconds that a file of {size} bytes may take;"
                " deliver it in smaller files"
            ) from None
        raise
    finally:
        is_done.set()
        watcher.join()

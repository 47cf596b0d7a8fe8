"""Writes one extract and the manifest beside it, so that neither is ever seen half written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from isal import isal_zlib

GZIP_LEVEL = 2
# zlib's name for: gzip header and trailer; no time is written, so the same content
# gives the same bytes
GZIP_WINDOW = 31

PIECE = 1 << 20

Described = tuple[int, dict[str, str]]  # rows, control totals as decimal texts by column


def _even_pieces(content: Iterable[bytes | memoryview]) -> Iterator[bytes | bytearray]:
    """The same content in pieces of one size: what gzip makes of it depends on where it is cut."""
    rest = bytearray()
    for chunk in content:
        rest += chunk
        whole = len(rest) // PIECE * PIECE
        for start in range(0, whole, PIECE):
            yield bytes(memoryview(rest)[start : start + PIECE])
        if whole:
            rest = rest[whole:]
    if rest:
        yield rest


def write_file(
    path: Path, content: Iterable[bytes | memoryview], describe: Callable[[], Described]
) -> None:
    """Write `content` (gzipped when the name ends in .gz) and `<path>.manifest.json`.

    `describe` is asked after all content has been written. The file appears under its name
    last, by a rename.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.part")
    digest = hashlib.sha256()
    packer = (
        isal_zlib.compressobj(level=GZIP_LEVEL, wbits=GZIP_WINDOW) if path.suffix == ".gz" else None
    )
    with hidden.open("wb") as out:
        for piece in _even_pieces(content):
            data = packer.compress(piece) if packer else piece
            digest.update(data)
            out.write(data)
        if packer:
            data = packer.flush()
            digest.update(data)
            out.write(data)
    rows, control_totals = describe()
    manifest = {"sha256": digest.hexdigest(), "rows": rows, "control_totals": control_totals}
    path.with_name(path.name + ".manifest.json").write_text(
        json.dumps(manifest) + "\n", encoding="utf-8"
    )
    hidden.rename(path)

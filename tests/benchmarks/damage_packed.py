"""Damage to the packed bytes of a file, and files that are too much."""

from random import Random

from damage_files import PACK, Damaged, Sound

LONG = {"full": 100 << 20, "slice": 65 << 20}
BOMB = {"full": 1 << 30, "slice": 80 << 20}


def packed(kind: str, data: bytes, suffix: str, rng: Random, size: str) -> Damaged:
    """Damage to the packed bytes (`data`, sound) of a file named with `suffix`."""
    form = {".gz": "gzip", ".zst": "zstd"}[suffix]
    if kind == "packed: cut":
        return Damaged(
            data[: rng.randrange(1, len(data))],
            f"truncated {form}: it ends at byte \\d+|is not {form}",
        )
    if kind == "packed: bit flipped":
        at = rng.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        return Damaged(
            flipped,
            "(broken|truncated|is not|trailing bytes after the end of the)"
            f" {form}.*byte|zip bomb.*byte",
        )
    if kind == "packed: garbage":
        return Damaged(
            data + rng.randbytes(rng.randrange(1, 40)),
            f"trailing bytes after the end of the {form} data, from byte|{form}",
        )
    if kind == "packed: nothing":
        return Damaged(b"", "is empty|has no rows")
    if kind == "packed: not at all":
        return Damaged(b"{}" + rng.randbytes(8), f"is not {form} although its name ends in")
    line = b"{" + b" " * (1 << 20) + b"}\n"
    return Damaged(
        PACK[suffix](line * (BOMB[size] // len(line))), "at byte \\d+\\): taken for a zip bomb"
    )


PACKED_KINDS = (
    "packed: cut",
    "packed: bit flipped",
    "packed: garbage",
    "packed: nothing",
    "packed: not at all",
)


def long_line(file: Sound, size: str) -> Damaged:
    """A line of 100 MB after the sound ones."""
    number = file.first_line + len(file.rows)
    return Damaged(
        file.text() + b'"' + b"x" * LONG[size] + b'"\n',
        f"line {number} \\(from byte \\d+\\) is longer than",
    )

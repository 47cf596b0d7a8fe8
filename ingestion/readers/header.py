"""Whether the columns of a file are those of its contract, and if not, what stands there instead.

What may be a row of data is never shown.
"""

import csv
import difflib
from collections.abc import Sequence

from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractError

# No system delivers more; each is an expression in a statement, and may stand in a message.
MAX_COLUMNS = 2000
MAX_NAME = 255
DELIMITERS = {",": ",", ";": ";", "\t": "a tab", "|": "|"}


def names_in(line: str, delimiter: str) -> list[str]:
    """The fields of a header. Errors: `ExtractError`."""
    try:
        fields = next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise ExtractError("line 1: the header cannot be taken apart; deliver it again") from None
    return [field.strip() for field in fields]


def check_header(header: Sequence[str], table: TableContract, lines: Sequence[str] = ()) -> None:
    """Errors: `ExtractError` that names the columns and, where it can,
    what they may have been renamed to.

    `lines` are the first ones of a CSV file.
    """
    if len(header) > MAX_COLUMNS:
        raise ExtractError(
            f"line 1: has {len(header)} columns, more than {MAX_COLUMNS}:"
            " is it a header? deliver it again with the columns of the contract"
        )
    known = {column.header for column in table.columns}
    if not known & set(header):
        raise ExtractError(f"line 1: {_instead(header, table, lines)}")
    if "" in header:
        raise ExtractError(
            f"line 1: column {list(header).index('') + 1} of the header has no name;"
            " deliver it again"
        )
    if any(len(field) > MAX_NAME for field in header):
        raise ExtractError(
            f"line 1: has a column with a name of more than {MAX_NAME} letters; deliver it again"
        )
    folded = [field.casefold() for field in header]
    twice = sorted({field for field in header if folded.count(field.casefold()) > 1})
    if twice:
        as_well = f" (also as {twice[1]!r})" if len(twice) > 1 else ""
        raise ExtractError(
            f"line 1: the header has the column {twice[0]!r} twice{as_well}; deliver it again"
        )
    missing = [
        column.header
        for column in table.columns
        if not column.optional and column.header not in header
    ]
    if missing:
        raise ExtractError(f"line 1: {_lacks(missing, sorted(set(header) - known), table)}")


def _lacks(missing: list[str], unknown: list[str], table: TableContract) -> str:
    folded = {field.casefold(): field for field in unknown}
    hints = []
    for field in missing:
        if field.casefold() in folded:
            hints.append(f"{folded[field.casefold()]!r} is {field!r} in other letter case")
        elif near := difflib.get_close_matches(field.casefold(), folded, 1):
            hints.append(f"is {folded[near[0]]!r} the new name of {field!r}?")
    has_unknown = f" and has unknown {', '.join(unknown)}" if unknown else ""
    return (
        f"the header lacks {', '.join(missing)}{has_unknown}"
        f"{' (' + '; '.join(hints) + ')' if hints else ''};"
        f" deliver it as before or change `header` in {table.declared_in}"
    )


def _instead(header: Sequence[str], table: TableContract, lines: Sequence[str]) -> str:
    """What stands where the header should: only names of the contract are shown."""
    known = {column.header for column in table.columns}
    folded = {field.casefold(): field for field in known}
    other_case = [field for field in header if field.casefold() in folded]
    if other_case:
        return (
            f"the names are in other letter case ({other_case[0]} where the contract says"
            f" {folded[other_case[0].casefold()]}); deliver it as before"
            f" or change `header` in {table.declared_in}"
        )
    if lines and lines[0].lower().startswith("sep="):
        return (
            "is `sep=`, which Excel alone understands; deliver the file without that line,"
            " with the names of the columns first"
        )
    for delimiter, word in DELIMITERS.items():
        if lines and known & set(_fields(lines[0], delimiter)):
            return (
                f"fields are separated by {word} where the contract says"
                f" {DELIMITERS.get(table.delimiter, table.delimiter)}; deliver it as before"
                f" or say `delimiter: {delimiter!r}` in {table.declared_in}"
            )
    for number, line in enumerate(lines[1:], 2):
        if known & set(_fields(line, table.delimiter)):
            return (
                f"is no header: the names of the columns stand in line {number};"
                " deliver the file without what is above them"
            )
    return (
        "is no header, it has none of the contract's columns;"
        " deliver it again with the names of the columns first"
    )


def _fields(line: str, delimiter: str) -> list[str]:
    """Of a line that may be anything."""
    return [field.strip().strip('"') for field in line.split(delimiter)]

"""The types a contract may give a column, and what they become in raw."""

import re
from dataclasses import dataclass

SIMPLE_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "timestamp": "TIMESTAMP",
    "epoch": "TIMESTAMP",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "json": "VARCHAR",
}
_DECIMAL = re.compile(r"decimal\((\d{1,2}),\s*(\d{1,2})\)")
MAX_PRECISION = 38

# Sorts a table's files from old to new: see `delivery_order.py`.
ARRIVAL = "_arrival"
# What every raw table carries after the columns of its contract.
LOAD_COLUMNS = {
    "_extra": "VARCHAR",
    "_file_id": "VARCHAR",
    "_line_number": "BIGINT",
    ARRIVAL: "BIGINT",
    "_loaded_at": "TIMESTAMP",
    "_is_deleted": "BOOLEAN",
}


@dataclass(frozen=True)
class ColumnType:
    """`kind` is one of text, integer, decimal, timestamp, epoch, date, boolean, json;
    precision and scale are a decimal's."""

    kind: str
    precision: int = 0
    scale: int = 0

    @classmethod
    def parse(cls, text: str) -> "ColumnType":
        """Errors: `ValueError` that lists the types there are."""
        if text in SIMPLE_TYPES:
            return cls(text)
        decimal = _DECIMAL.fullmatch(text)
        if decimal:
            precision, scale = int(decimal[1]), int(decimal[2])
            if 1 <= precision <= MAX_PRECISION and scale <= precision:
                return cls("decimal", precision, scale)
            raise ValueError(
                f"{text} is out of range: at most {MAX_PRECISION} digits,"
                " and no more after the point than in all"
            )
        raise ValueError(
            f"{text!r} is not a type;"
            f" types are {', '.join(SIMPLE_TYPES)} and decimal(digits,digits after the point)"
        )

    @property
    def duckdb(self) -> str:
        """The DuckDB type of the raw column."""
        return (
            f"DECIMAL({self.precision},{self.scale})"
            if self.kind == "decimal"
            else SIMPLE_TYPES[self.kind]
        )

    @property
    def words(self) -> str:
        """The type as a quarantine reason names it."""
        return {
            "integer": "a whole number",
            "decimal": (
                f"a number with at most {self.scale} digits after the point"
                f" and {self.precision} in all"
            ),
            "timestamp": "a timestamp with Z or an offset (2024-05-31T22:00:00Z)",
            "epoch": "a time in whole seconds since 1970",
            "date": "a date (2024-05-31)",
            "boolean": "true or false",
            "json": "valid JSON",
            "text": "a text",
        }[self.kind]

"""A file as a relation of DuckDB: its reader's text goes to the statement that asks for it,
and what goes wrong is told in the reader's words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractChangedError, ExtractError, LoaderFaultError
from ingestion.files import sha256_of
from ingestion.landing.scan import Brought
from ingestion.load.casts import TextRelation
from ingestion.readers.byte_stream import ByteStream
from ingestion.readers.csv import CsvReader, csv_relation
from ingestion.readers.json_lines import JsonLinesReader, json_relation
from ingestion.readers.json_shapes import Shapes
from ingestion.readers.numbers_in_texts import numbers_in_texts
from ingestion.readers.parquet import parquet_relation

_TEXT = "feed"


@dataclass(frozen=True)
class OpenFile:
    """A file opened once: what the checks read, and how many rows passed by so far.

    `numbers` are columns of texts in which numbers with a point came.
    """

    relation: TextRelation
    reader: JsonLinesReader | CsvReader | None
    rows_known: int
    header: list[str]
    numbers: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.reader.rows if self.reader else self.rows_known


class NotJsonError(ExtractError):
    """DuckDB met a line that is no JSON."""

    def __init__(self) -> None:
        super().__init__("cannot be taken apart; deliver it again")


class FileOpener:
    """Opens files one after the other over one DuckDB connection; remembers from file to file
    the shapes of JSON lines, and which tables have odd ones."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._shapes: dict[str, Shapes] = {}
        self._with_odd_lines: set[str] = set()
        self._error: Exception | None = None

    def open(
        self, table: TableContract, brought: Brought, sha256: str, attested: bool, guarded: bool
    ) -> OpenFile:
        """Make the file the relation that the next statement reads.

        `guarded`: every line of JSON is asked first whether it is any. Errors: `OddLineError`
        for a file that has to be read with odd lines asked, now or in the statement that reads it.
        """
        stream = ByteStream(brought.file, sha256, brought.suffix)
        if table.format == "parquet":
            check_same(brought.file, sha256)
            relation, rows, header, numbers = parquet_relation(
                table, self._connection, brought.file
            )
            return OpenFile(relation, None, rows, header, numbers)
        if table.format == "csv":
            reader: CsvReader | JsonLinesReader = CsvReader(table, stream, attested)
            self._register(reader, reader.batches())
            assert isinstance(reader, CsvReader)
            return OpenFile(
                csv_relation(table, reader.header, reader.has_trailing, _TEXT),
                reader,
                0,
                reader.header,
            )
        asks_odd = table.raw_name in self._with_odd_lines
        reader = JsonLinesReader(table, stream, attested, asks_odd)
        batches = reader.batches()
        first = next(batches, None)
        shapes = self._shapes.setdefault(table.raw_name, Shapes(table))
        if first is not None:
            shapes.learn(self._connection, first)
        numbers = numbers_in_texts(table, self._connection, first)
        self._register(reader, _chain(first, batches))
        relation = json_relation(table, shapes, _TEXT, guarded, asks_odd)
        return OpenFile(relation, reader, 0, [], numbers)

    def ask_odd_lines(self, table: TableContract) -> None:
        """Read this table's files with odd lines asked from now on."""
        self._with_odd_lines.add(table.raw_name)

    def _register(
        self, reader: JsonLinesReader | CsvReader, batches: Iterator[pa.RecordBatch]
    ) -> None:
        """Let DuckDB draw on a reader as the relation `feed`; the reader's own error is kept,
        DuckDB would only quote it."""
        self._error = None

        def kept() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches
            except Exception as error:
                self._error = error
                raise

        self._connection.register(_TEXT, pa.RecordBatchReader.from_batches(reader.schema, kept()))

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement over an open file answers.

        Errors: the reader's own, `NotJsonError`, `ExtractError` for sums that are no amounts,
        `LoaderFaultError` for all else that DuckDB says of the rows.
        """
        try:
            return self._connection.execute(statement).fetchall()
        except duckdb.IOException:
            if self._error:
                raise self._error from None
            raise
        except duckdb.OutOfMemoryException:
            raise self._error or LoaderFaultError("it wants more memory than it may take") from None
        except duckdb.InvalidInputException:
            raise self._error or NotJsonError() from None
        except duckdb.OutOfRangeException:
            raise self._error or ExtractError(
                "has a column that sums to more than 38 digits: these are no amounts;"
                " correct them and deliver it again"
            ) from None
        except duckdb.Error as error:  # its words may quote a value
            raise self._error or LoaderFaultError(type(error).__name__) from None

    def unknown_fields(self, table: TableContract, raw: Path) -> list[str]:
        """Fields that JSON lines have and their contract has not, out of a raw file of theirs."""
        return self._shapes[table.raw_name].unknown(self._connection, raw)


def check_same(file: Path, sha256: str) -> None:
    """Whether the file still has this content. Errors: `ExtractChangedError`."""
    if sha256_of(file) != sha256:
        raise ExtractChangedError(
            "the file changed while it was being read;"
            " it is loaded once whoever writes it has finished"
        )


def _chain(
    first: pa.RecordBatch | None, rest: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    if first is not None:
        yield first
        yield from rest

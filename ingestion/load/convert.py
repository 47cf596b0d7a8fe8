"""One extract to one Parquet file of typed rows, and one of bad rows:
the reader's text through the checks, every row accounted for."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb

from ingestion.contracts.contract import TableContract, raw_columns
from ingestion.errors import ExtractError, LoaderFaultError
from ingestion.landing.manifests import Manifest, read_manifest
from ingestion.landing.scan import Brought, Extract
from ingestion.load.casts import LARGE_BYTES, OPTIMIZERS_OFF, SESSION, good_rows
from ingestion.load.doubts import changed_columns, doubtful_counts, doubts_about_rows, timed_columns
from ingestion.load.open_file import FileOpener, NotJsonError, OpenFile, check_same
from ingestion.quarantine.bad_rows import (
    EVIDENCE_ROWS,
    copy_bad_rows,
    count_reasons,
    first_bad_line,
    refusal_for_bad_rows,
)
from ingestion.readers.csv import CsvReader
from ingestion.readers.json_lines import OddLineError
from ingestion.readers.time_limit import time_limit
from ingestion.sql import name, parquet, quote

_PARQUET = (
    "(format parquet, parquet_version v2, compression zstd, compression_level 3, return_stats)"
)
_FAULTS = (
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    duckdb.DataError,
    duckdb.ProgrammingError,
)


@dataclass(frozen=True)
class Converted:
    """What became of a file.

    `refusal` says why nothing of it may be used; rows = loaded + quarantined when there is none.
    """

    rows: int
    loaded: int
    quarantined: int
    reasons: dict[str, int] = field(default_factory=dict)
    drift: dict[str, list[str]] = field(default_factory=dict)
    control_totals: dict[str, str] = field(default_factory=dict)
    null_counts: dict[str, int] = field(default_factory=dict)
    attested: bool = False
    manifest_sha256: str | None = None
    refusal: str | None = None


class Converter:
    """Converts files one after the other over one DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        for setting in SESSION:
            connection.execute(setting)
        self._opener = FileOpener(connection)

    def convert(
        self,
        extract: Extract,
        brought: Brought,
        sha256: str,
        constants: dict[str, str],
        good: Path,
        bad: Path,
    ) -> Converted:
        """Write the good rows of an extract that was brought to `good`, and to `bad` those that
        are not, if any.

        `constants` are SQL expressions of the load columns that the file shares.
        Errors: `ExtractError` for a file that cannot be used at all, `ExtractChangedError` for one
        still being written, `LoaderFaultError` for one that the loader cannot cope with: that is no
        reason to stop the others.
        """
        try:
            with time_limit(self._connection, extract.stat.size):
                return self._convert(extract, brought, sha256, constants, good, bad)
        except _FAULTS as error:  # its words may quote a value
            raise LoaderFaultError(type(error).__name__) from None

    def _convert(
        self,
        extract: Extract,
        brought: Brought,
        sha256: str,
        constants: dict[str, str],
        good: Path,
        bad: Path,
    ) -> Converted:
        table = extract.table
        size = "large" if extract.stat.size > LARGE_BYTES else "small"
        self._connection.execute(f"set disabled_optimizers = {quote(OPTIMIZERS_OFF[size])}")
        manifest = read_manifest(brought.manifest, table)
        if manifest:
            manifest.check_content(sha256)
        attested = bool(manifest and (manifest.sha256 or manifest.rows is not None))
        source, loaded, nulls, guarded = self._load(
            extract.table, brought, sha256, attested, constants, good
        )
        rows = source.rows
        if manifest:
            manifest.check_rows(rows)
        if not rows and not table.may_be_empty:
            raise ExtractError(
                "has no rows; if this table may be empty say `may_be_empty: true` in "
                f"{table.declared_in}, otherwise deliver it again"
            )
        quarantined, reasons = rows - loaded, {}
        refusal = refusal_for_bad_rows(table, rows, quarantined)
        if quarantined:
            limit = EVIDENCE_ROWS if refusal else None
            written = self._write_bad(extract, brought, sha256, attested, guarded, bad, limit)
            if written != min(quarantined, limit or quarantined):
                raise LoaderFaultError(
                    f"{rows} rows read, but {loaded} loaded and {written} quarantined"
                )
            reasons = count_reasons(self._connection, bad)
        if refusal:
            commonest = "; ".join(
                f"{reason} ({count})" for reason, count in list(reasons.items())[:3]
            )
            where = f"{commonest}; the first in line {first_bad_line(self._connection, bad)}"
            refusal = (
                f"{refusal}: {where}. Mend and deliver it again,"
                f" or change the contract {table.declared_in}"
            )
            drift = self._drift(table, source, reasons, None)
            return Converted(
                rows,
                0,
                quarantined,
                reasons,
                drift,
                refusal=refusal,
                manifest_sha256=manifest.digest if manifest else None,
            )
        totals, doubts = self._look_over(table, manifest, constants["_loaded_at"], good)
        if manifest and not quarantined:
            manifest.check_totals(totals)
        return Converted(
            rows=rows,
            loaded=loaded,
            quarantined=quarantined,
            reasons=reasons,
            drift=self._drift(table, source, reasons, None if nulls["_extra"] == loaded else good)
            | doubts,
            control_totals={
                column: str(total) for column, total in totals.items() if total is not None
            },
            null_counts={
                column.name: nulls[column.name] for column in table.columns if not column.required
            },
            attested=attested,
            manifest_sha256=manifest.digest if manifest else None,
        )

    def _load(
        self,
        table: TableContract,
        brought: Brought,
        sha256: str,
        attested: bool,
        constants: dict[str, str],
        good: Path,
    ) -> tuple[OpenFile, int, dict[str, int], bool]:
        """Write the good rows: the source, how many, the nulls of every column,
        and whether lines had to be guarded."""
        guarded = False
        while True:
            try:
                source = self._opener.open(table, brought, sha256, attested, guarded)
                copied = self._opener.run(
                    f"copy ({good_rows(table, source.relation, constants)})\n"
                    f"to {quote(str(good))} {_PARQUET}"
                )
            except NotJsonError:
                if guarded or table.format != "jsonl":
                    raise
                # a line that is no JSON; only a damaged file is read again, every line asked first
                guarded = True
                continue
            except OddLineError:
                self._opener.ask_odd_lines(table)
                continue
            if table.format == "parquet":  # DuckDB read it, not the stream that minds changes
                check_same(brought.file, sha256)
            loaded = int(copied[0][1])
            stats = copied[0][4]
            nulls = {
                column: int(stats.get(name(column), {}).get("null_count", loaded))
                for column in raw_columns(table)
            }
            return source, loaded, nulls, guarded

    def _write_bad(
        self,
        extract: Extract,
        brought: Brought,
        sha256: str,
        attested: bool,
        guarded: bool,
        bad: Path,
        limit: int | None,
    ) -> int:
        source = self._opener.open(extract.table, brought, sha256, attested, guarded)
        header = source.reader.header_line if isinstance(source.reader, CsvReader) else None
        statement = copy_bad_rows(
            extract.table, source.relation, sha256[:32], extract.path, bad, limit, header
        )
        return int(self._opener.run(statement)[0][0])

    def _look_over(
        self, table: TableContract, manifest: Manifest | None, loaded_at: str, good: Path
    ) -> tuple[dict[str, Decimal | None], dict[str, list[str]]]:
        """Sums of the decimal columns and of those the manifest names;
        what is odd about the rows."""
        vouched = manifest.control_totals if manifest else ()
        summed = [
            column.name
            for column in table.columns
            if column.type.kind == "decimal" or column.name in vouched
        ]
        counts = doubtful_counts(table, loaded_at)
        sums = _sums(table, summed)
        row = self._opener.run(f"select {', '.join(counts + sums)} from {parquet(good)}")[0]
        repeated, *ahead = row[: len(counts)]
        future = {
            column: count
            for column, count in zip(timed_columns(table), ahead, strict=True)
            if count
        }
        doubts = (
            doubts_about_rows(self._connection, table, good, loaded_at, repeated, future)
            if repeated or future
            else {}
        )
        return dict(zip(summed, row[len(counts) :], strict=True)), doubts

    def totals(
        self, table: TableContract, file: str, columns: Collection[str]
    ) -> dict[str, Decimal | None]:
        """Sums of number columns over a raw file."""
        summed = [column.name for column in table.columns if column.name in columns]
        statement = f"select {', '.join(_sums(table, summed))} from {parquet(file)}"
        return dict(zip(summed, self._opener.run(statement)[0], strict=True))

    def _drift(
        self, table: TableContract, source: OpenFile, reasons: dict[str, int], extra: Path | None
    ) -> dict[str, list[str]]:
        """Fields the contract does not know, optional columns that a header lacks,
        columns with values of another type.

        `extra` is the raw file when there is anything in its `_extra`.
        """
        drift = {
            "missing": [
                column.name
                for column in table.columns
                if source.header and column.header not in source.header
            ]
        }
        known = {column.header for column in table.columns}
        drift["unknown"] = [field for field in source.header if field not in known]
        if not source.header and extra:
            drift["unknown"] = self._opener.unknown_fields(table, extra)
        drift["changed"] = sorted(
            changed_columns(table, reasons)
            + [f"{column} (numbers where a text belongs)" for column in source.numbers]
        )
        return {kind: fields for kind, fields in drift.items() if fields}


def _sums(table: TableContract, columns: Collection[str]) -> list[str]:
    return [
        f"sum({name(c.name)})::decimal(38, {c.type.scale})"
        for c in table.columns
        if c.name in columns
    ]

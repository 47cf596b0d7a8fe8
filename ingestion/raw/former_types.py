"""Raw files that an earlier version of their contract shaped are read with the columns of today:
what does not fit is told first."""

from collections.abc import Collection, Mapping

from ingestion.contracts.contract import SourceContract, TableContract
from ingestion.entry import Entry
from ingestion.errors import ContractError
from ingestion.raw.raw_files import RawFolder
from ingestion.sql import name, parquet


def check_former_types(
    raw: RawFolder, live: Collection[Entry], contracts: Mapping[str, SourceContract]
) -> None:
    """Errors: `ContractError` when rows in raw cannot be of the type that their
    column has by now."""
    former: dict[tuple[str, str], list[str]] = {}
    for entry in live:
        table = (
            contracts[entry.source].tables.get(entry.table_name)
            if entry.source in contracts
            else None
        )
        if table and entry.schema_hash != table.fingerprint:
            former.setdefault((entry.source, entry.table_name), []).extend(
                raw.at(path) for path in entry.data_paths
            )
    for (source, table_name), files in former.items():
        _check(raw, contracts[source], contracts[source].tables[table_name], files)


def _check(raw: RawFolder, source: SourceContract, table: TableContract, files: list[str]) -> None:
    relation = parquet(*files, by_name=True)
    connection = raw.connect()
    try:
        found = {
            column: kind
            for column, kind, *_ in connection.execute(f"describe from {relation}").fetchall()
        }
        changed = [c for c in table.columns if found.get(c.name, c.type.duckdb) != c.type.duckdb]
        if not changed:
            return
        misfits = [
            f"count(*) filter ({_is_misfit(name(c.name), found[c.name], c.type.duckdb)})"
            for c in changed
        ]
        counts = connection.execute(f"select {', '.join(misfits)} from {relation}").fetchall()[0]
    finally:
        connection.close()
    for column, count in zip(changed, counts, strict=True):
        if count:
            raise ContractError(
                f"{source.path}: tables.{table.name}.columns.{column.name}: {count:,} "
                "values in raw, of files that an earlier version of this contract shaped, are not "
                f"{column.type.words}; `clientele reload {source.name}` reads the kept extracts "
                "again; where those are gone give the column its former type, or another name"
            )


def _is_misfit(column: str, former: str, kind: str) -> str:
    """A value that the cast would refuse, or change (a decimal would lose
    digits, a time its hour)."""
    return (
        f"{column} is not null and try_cast({column} as {kind})::{former} is distinct from {column}"
    )

"""The plan of a sync: one read of its model in a published generation,
compared set by set with what the destination acknowledged.

Everything happens in temporary tables of the generation's connection; no row passes through Python
before it is sent. Their names begin with `delivery_`: state and open (see `state`), grants and
refusals (see `consent`), compared (one row per row of the model and per acknowledged key that is
in it no more, but for those that did not change), candidates (its part that comes from the model),
owed (keys that earlier runs left without an answer, and that the model does not ask for), removals
(one per key that is to be taken back).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from ingestion.sql import name as quoted
from ingestion.sql import quote as text_literal
from orchestration.reverse_etl.compare import compare
from orchestration.reverse_etl.encoding import payload_sql
from orchestration.reverse_etl.keyed import keyed_hash, keyed_hash_sql
from orchestration.reverse_etl.protocol import Column, Destination, Row
from orchestration.reverse_etl.removals import FACTS, FACTS_SQL, find_removals
from orchestration.reverse_etl.spec import SpecError, SyncSpec

# verdict of a candidate → the count of `SyncResult` it falls into; `add` and `change` are counted
# by what becomes of them
VERDICTS = {
    "invalid": "invalid",
    "withheld": "withheld",
    "open": "unknown",
    "unresolved": "unknown",
    "unchanged": "unchanged",
    "given_up": "rejected",
}
FETCH_ROWS = 2_000


@dataclass(frozen=True)
class Plan:
    """Counts of a plan; its rows stay in the connection."""

    connection: duckdb.DuckDBPyConnection
    spec: SyncSpec
    key: Column
    columns: tuple[Column, ...]
    payload: str  # SQL over the model's columns
    verdicts: dict[str, int]
    removals: dict[str, int]
    # rows of earlier runs that have no answer yet, and that tonight's model does not ask for
    owed: int
    present: int

    @property
    def candidates(self) -> int:
        return sum(self.verdicts.values())

    @property
    def adds(self) -> int:
        return self.verdicts.get("add", 0)

    @property
    def changes(self) -> int:
        return self.verdicts.get("change", 0)

    @property
    def other_removals(self) -> int:
        """Removals that are no fact about a person, and may be an accident."""
        return sum(rows for cause, rows in self.removals.items() if cause not in FACTS)

    def upserts(self) -> Iterator[Row]:
        """Rows to add or change, by key.

        Only theirs are the payloads that are made twice, and carried along.
        """
        wanted, key = "verdict in ('add', 'change')", f"cast({quoted(self.spec.key)} as varchar)"
        return self._rows(
            f"""
            with payloads as (
                select {key} as payload_key, {self.payload} as payload
                from {self.spec.table}
                where {key} in (select key from delivery_candidates where {wanted})
            )
            select
                key, 'upsert', version, {self._idempotency_key()}, payload, payload_hash, remote_id,
                {keyed_hash_sql("contact")}, {keyed_hash_sql("key")}, null, verdict = 'add',
                is_retry
            from delivery_candidates
            inner join payloads on key = payload_key
            where {wanted}
            order by key
            """
        )

    def takebacks(self, *, facts: bool) -> Iterator[Row]:
        """Rows to take back, by key: those of people who said so, or all others."""
        return self._rows(
            f"""
            select
                key, action, version, {self._idempotency_key()}, null, payload_hash, remote_id,
                contact_hash, {keyed_hash_sql("key")}, cause, false, is_retry
            from delivery_removals
            where (cause in ({FACTS_SQL})) = {facts}
            order by action, key
            """
        )

    def _idempotency_key(self) -> str:
        """SQL: what `idempotency_key` gives."""
        return keyed_hash_sql(
            f"{text_literal(self.spec.name)} || chr(31) || key || chr(31) || version"
        )

    def _rows(self, sql: str) -> Iterator[Row]:
        cursor = self.connection.execute(sql)
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield from map(Row._make, rows)


def idempotency_key(secret: str, spec: SyncSpec, key: str, version: int) -> str:
    """The key under which one version of one row is sent."""
    return keyed_hash(secret, "\x1f".join((spec.name, key, str(version))))


def make(
    connection: duckdb.DuckDBPyConnection,
    spec: SyncSpec,
    destination: Destination,
    key: Column,
    columns: tuple[Column, ...],
) -> Plan:
    """Read the model once and compare it. Needs `read_state` and `consent.load` before."""
    payload = f"cast({payload_sql(spec, columns, destination)} as varchar)"
    compare(connection, spec, payload, destination)
    find_removals(connection, spec, destination)
    verdicts = dict(
        connection.execute(
            "select verdict, count(*) from delivery_candidates group by 1"
        ).fetchall()
    )
    removals = dict(
        connection.execute("select cause, count(*) from delivery_removals group by 1").fetchall()
    )
    candidates = connection.execute(f"select count(*) from {spec.table}").fetchall()[0][0]
    verdicts["unchanged"] = candidates - sum(verdicts.values())
    owed = connection.execute("select count(*) from delivery_owed").fetchall()[0][0]
    present = connection.execute(
        "select count(*) from delivery_state where payload_hash is not null"
    ).fetchall()[0][0]
    return Plan(connection, spec, key, columns, payload, verdicts, removals, owed, present)


def describe(
    connection: duckdb.DuckDBPyConnection, spec: SyncSpec
) -> tuple[Column, tuple[Column, ...]]:
    """The key and the payload columns of the sync's model.

    Errors: `SpecError` when the model, or a column that the sync names, does not exist.
    """
    try:
        described = connection.execute(f"describe {spec.table}").fetchall()
    except duckdb.CatalogException:
        raise SpecError(
            f"sync {spec.name}: the generation has no table {'.'.join(spec.relation)}; build it"
            " with the night, then deliver"
        ) from None
    columns = [Column(row[0], row[1]) for row in described]
    names = {column.name for column in columns}
    wanted = {
        "key": [spec.key],
        "contact_point": [spec.contact_point] if spec.contact_point else [],
    }
    wanted |= {
        "fields": list(spec.fields),
        "exclude_from_payload": list(spec.exclude_from_payload),
        "nulls": list(spec.nulls),
    }
    wanted |= {"only_withdraws": list(spec.only_withdraws)}
    for setting, declared in wanted.items():
        for name in declared:
            if name not in names:
                raise SpecError(
                    f"sync {spec.name}: {setting} names the column {name}, "
                    f"which {'.'.join(spec.relation)} does not have; correct meta.sync or the model"
                )
    excluded = {spec.key, *spec.exclude_from_payload}
    key = next(column for column in columns if column.name == spec.key)
    fields = set(spec.fields) or names
    return key, tuple(column for column in columns if column.name in fields - excluded)


def drop(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the temporary tables."""
    for view in ("grants", "refusals", "candidates", "state"):
        connection.execute(f"drop view if exists temp.delivery_{view}")
    for table in ("compared", "owed", "removals", "rows", "exceptions", "open"):
        connection.execute(f"drop table if exists temp.delivery_{table}")

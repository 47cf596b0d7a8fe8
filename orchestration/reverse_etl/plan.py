"""The plan of a sync: one read of its model in a published generation, compared set by set with what the destination acknowledged.

Everything happens in temporary tables of the generation's connection; no row passes through Python before it is sent. Their names begin
with `delivery_`: state and open (from a snapshot of the control store), grants and refusals (see `consent`), candidates (one verdict per
row of the model), removals (one per acknowledged key that is to be taken back).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import duckdb_extensions

from orchestration.control.store import ControlStore
from orchestration.reverse_etl import consent
from orchestration.reverse_etl.encoding import payload_sql, quoted, text_literal
from orchestration.reverse_etl.keyed import keyed_hash, keyed_hash_sql, secret_text
from orchestration.reverse_etl.protocol import Column, Destination, Row
from orchestration.reverse_etl.spec import Removal, SpecError, SyncSpec

# verdict of a candidate → the count of `SyncResult` it falls into; `add` and `change` are counted by what becomes of them
VERDICTS = {
    "invalid": "invalid",
    "withheld": "withheld",
    "open": "unknown",
    "unresolved": "unknown",
    "unchanged": "unchanged",
    "given_up": "rejected",
}
FETCH_ROWS = 2_000
_STATE_COLUMNS = "key, version, payload_hash, tried_hash, attempts, remote_id, contact_hash, status"
# Facts about a person, not guesses from an absence: these pass a hold.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Plan:
    """Counts of a plan; its rows stay in the connection."""

    connection: duckdb.DuckDBPyConnection
    spec: SyncSpec
    key: Column
    columns: tuple[Column, ...]
    verdicts: dict[str, int]
    removals: dict[str, int]
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
    def withdrawals(self) -> int:
        return self.removals.get(WITHDRAWN, 0)

    @property
    def other_removals(self) -> int:
        return sum(self.removals.values()) - self.withdrawals

    def upserts(self) -> Iterator[Row]:
        """Rows to add or change, by key."""
        return self._rows(
            f"""
            select
                key, 'upsert', version, {self._idempotency_key()}, payload, payload_hash, remote_id, {keyed_hash_sql("contact")},
                {keyed_hash_sql("key")}, null, verdict = 'add', is_retry
            from delivery_candidates where verdict in ('add', 'change') order by key
            """
        )

    def takebacks(self, *, withdrawn: bool) -> Iterator[Row]:
        """Rows to take back, by key: those whose consent was withdrawn, or all others."""
        return self._rows(
            f"""
            select
                key, action, version, {self._idempotency_key()}, null, payload_hash, remote_id, null,
                {keyed_hash_sql("key")}, cause, false, is_retry
            from delivery_removals where (cause = '{WITHDRAWN}') = {withdrawn} order by action, key
            """
        )

    def _idempotency_key(self) -> str:
        return keyed_hash_sql(f"{text_literal(self.spec.name)} || chr(31) || key || chr(31) || version")

    def _rows(self, sql: str) -> Iterator[Row]:
        cursor = self.connection.execute(sql)
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield from map(Row._make, rows)


def read_state(connection: duckdb.DuckDBPyConnection, store: ControlStore, spec: SyncSpec, key: bytes) -> None:
    """Copy the sync's acknowledged state and open rows from a snapshot of the control store into temporary tables.

    A snapshot, because the live file must not be opened by a second SQLite library in this process.
    """
    connection.execute("set variable delivery_secret = ?", [secret_text(key)])
    duckdb_extensions.import_extension("sqlite_scanner", con=connection)
    connection.execute("load sqlite_scanner")
    # A fixed name: what a crash leaves behind is overwritten by the next delivery of the same sync.
    snapshot = store.path.with_name(f"delivery-{keyed_hash(key, spec.name)}.sqlite")
    store.snapshot(snapshot)
    try:
        connection.execute(f"attach {text_literal(str(snapshot))} as delivery_control (type sqlite, read_only)")
        for table, source, columns in (("delivery_state", "delivery_state", _STATE_COLUMNS), ("delivery_open", "outbox", "key")):
            connection.execute(
                f"create or replace temp table {table} as select {columns} from delivery_control.{source} where sync = ?", [spec.name]
            )
    finally:
        connection.execute("detach database if exists delivery_control")
        snapshot.unlink()


def make(connection: duckdb.DuckDBPyConnection, spec: SyncSpec, destination: Destination, key: Column, columns: tuple[Column, ...]) -> Plan:
    """Read the model once and compare it. Needs `read_state` and `consent.load` before."""
    _find_candidates(connection, spec, columns, destination)
    _find_removals(connection, spec, destination)
    verdicts = dict(connection.execute("select verdict, count(*) from delivery_candidates group by 1").fetchall())
    removals = dict(connection.execute("select cause, count(*) from delivery_removals group by 1").fetchall())
    present = connection.execute("select count(*) from delivery_state where payload_hash is not null").fetchone()
    return Plan(connection, spec, key, columns, verdicts, removals, present[0] if present else 0)


def describe(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> tuple[Column, tuple[Column, ...]]:
    """The key and the payload columns of the sync's model.

    Errors: `SpecError` when the model, or a column that the sync names, does not exist.
    """
    try:
        described = connection.execute(f"describe {spec.table}").fetchall()
    except duckdb.CatalogException:
        raise SpecError(
            f"sync {spec.name}: the generation has no table {'.'.join(spec.relation)}; build it with the night, then deliver"
        ) from None
    columns = [Column(row[0], row[1]) for row in described]
    names = {column.name for column in columns}
    wanted = {"key": [spec.key], "contact_point": [spec.contact_point] if spec.contact_point else []}
    wanted |= {"fields": list(spec.fields), "exclude_from_payload": list(spec.exclude_from_payload), "nulls": list(spec.nulls)}
    for setting, declared in wanted.items():
        for name in declared:
            if name not in names:
                raise SpecError(
                    f"sync {spec.name}: {setting} names the column {name}, which {'.'.join(spec.relation)} does not have; "
                    "correct meta.sync or the model"
                )
    excluded = {spec.key, *spec.exclude_from_payload}
    key = next(column for column in columns if column.name == spec.key)
    fields = set(spec.fields) or names
    return key, tuple(column for column in columns if column.name in fields - excluded)


def _find_candidates(connection: duckdb.DuckDBPyConnection, spec: SyncSpec, columns: tuple[Column, ...], destination: Destination) -> None:
    contact = consent.normalised(quoted(spec.contact_point)) if spec.contact_point else "cast(null as varchar)"
    connection.execute(
        f"""
        create or replace temp table delivery_candidates as
        with
            source as (
                select
                    cast({quoted(spec.key)} as varchar) as key,
                    {contact} as contact,
                    cast({payload_sql(spec, columns, destination)} as varchar) as payload
                from {spec.table}
            ),
            -- Keyed, so that the control store holds nothing from which an address could be guessed back. md5 tells changes apart;
            -- it seals nothing.
            hashed as (select *, md5(getvariable('delivery_secret') || payload) as payload_hash from source),
            repeated as (select cast({quoted(spec.key)} as varchar) as key from {spec.table} group by 1 having count(*) > 1),
            judged as (
                select
                    hashed.*,
                    case
                        when hashed.key is null or repeated.key is not null then 'invalid'
                        when not {consent.granted_sql(spec, "hashed.contact")} then 'withheld'
                        when opened.key is not null then 'open'
                        when state.payload_hash is not null and {spec.keeps_existing} then 'unchanged'
                        when state.payload_hash = hashed.payload_hash and state.status <> 'unknown' then 'unchanged'
                        when state.status = 'unknown' and state.tried_hash = hashed.payload_hash
                            and {destination.resend == "never"} then 'unresolved'
                        when state.status = 'rejected' and state.tried_hash = hashed.payload_hash
                            and state.attempts >= {spec.give_up_after_runs} then 'given_up'
                        when state.payload_hash is null then 'add'
                        else 'change'
                    end as verdict,
                    coalesce(state.version, 0) + 1 as version,
                    state.remote_id,
                    coalesce(state.status = 'rejected', false) as is_retry
                from hashed
                left join repeated on hashed.key = repeated.key
                left join delivery_state as state on hashed.key = state.key
                left join delivery_open as opened on hashed.key = opened.key
            )
        select
            key, verdict, version, remote_id, is_retry,
            case when verdict in ('add', 'change', 'withheld') then contact end as contact,
            case when verdict in ('add', 'change') then payload end as payload,
            case when verdict in ('add', 'change') then payload_hash end as payload_hash
        from judged
        """
    )


def _find_removals(connection: duckdb.DuckDBPyConnection, spec: SyncSpec, destination: Destination) -> None:
    """Acknowledged keys that are no longer eligible. A key that is merely invalid tonight is still in the source: it stays."""
    restricting = restriction(spec, destination)
    retired = "select distinct alias_customer_id from identity.identity_aliases" if _has_aliases(connection, spec) else ""
    connection.execute(
        f"""
        create or replace temp table delivery_removals as
        with
            present as (
                select *
                from delivery_state
                where (payload_hash is not null or status = 'unknown')
                    and not {spec.keeps_existing}
                    and key not in (select key from delivery_open)
            ),
            kept as (select key from delivery_candidates where verdict <> 'withheld' and key is not null),
            gone as (select present.* from present anti join kept on present.key = kept.key),
            withheld as (
                select key, bool_or({consent.withdrawn_sql("contact")}) as is_withdrawn
                from delivery_candidates
                where verdict = 'withheld'
                group by key
            ),
            -- Hashed only when somebody is gone: who left the model altogether is known by the hash alone.
            withdrawn as (
                select distinct {keyed_hash_sql("contact")} as contact_hash
                from delivery_refusals
                where is_withdrawn and (select count(*) from gone) > 0
            ),
            judged as (
                select
                    gone.*,
                    case
                        when withheld.is_withdrawn or withdrawn.contact_hash is not null then '{WITHDRAWN}'
                        when withheld.key is not null then 'no_grant'
                        when {f"gone.key in ({retired})" if retired else "false"} then 'retired'
                        else 'left'
                    end as cause
                from gone
                left join withheld on gone.key = withheld.key
                left join withdrawn on gone.contact_hash = withdrawn.contact_hash
            )
        select
            key, version + 1 as version, payload_hash, remote_id, cause, status = 'rejected' as is_retry,
            case when cause = 'left' then '{spec.on_removal}' else '{restricting}' end as action
        from judged
        where action <> 'ignore'
        """
    )


def restriction(spec: SyncSpec, destination: Destination) -> Removal:
    """What happens to a person who may no longer be there, even where plain absence is ignored: the mildest the destination can do."""
    if spec.on_withdrawal is not None:
        return spec.on_withdrawal
    if spec.on_removal != "ignore" or spec.keeps_existing:
        return spec.on_removal
    return next((removal for removal in destination.removals if removal != "ignore"), "ignore")


def _has_aliases(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> bool:
    if spec.key != "customer_id":
        return False
    try:
        connection.execute("select alias_customer_id from identity.identity_aliases limit 0")
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def drop(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the temporary tables and the secret."""
    for view in ("grants", "refusals"):
        connection.execute(f"drop view if exists temp.delivery_{view}")
    for table in ("candidates", "removals", "state", "open"):
        connection.execute(f"drop table if exists temp.delivery_{table}")
    connection.execute("reset variable delivery_secret")

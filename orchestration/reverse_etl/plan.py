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
from orchestration.reverse_etl import consent
from orchestration.reverse_etl.encoding import payload_sql
from orchestration.reverse_etl.keyed import SECRET, keyed_hash, keyed_hash_sql
from orchestration.reverse_etl.protocol import Column, Destination, Row
from orchestration.reverse_etl.spec import Removal, SpecError, SyncSpec

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
# Facts about a person, not guesses from an absence: these pass a hold.
FACTS = (consent.WITHDRAWN, consent.ERASED)
RETIRED = "retired"  # the id was merged away or split
NO_KEYS = "select cast(null as varchar) as key where false"
FACTS_SQL = ", ".join(f"'{fact}'" for fact in FACTS)


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
                key, 'upsert', version, {self._idempotency_key()}, payload, payload_hash, remote_id, {keyed_hash_sql("contact")},
                {keyed_hash_sql("key")}, null, verdict = 'add', is_retry
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
                key, action, version, {self._idempotency_key()}, null, payload_hash, remote_id, contact_hash,
                {keyed_hash_sql("key")}, cause, false, is_retry
            from delivery_removals where (cause in ({FACTS_SQL})) = {facts} order by action, key
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
    _compare(connection, spec, payload, destination)
    _find_removals(connection, spec, destination)
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


def _compare(
    connection: duckdb.DuckDBPyConnection, spec: SyncSpec, payload: str, destination: Destination
) -> None:
    contact = (
        consent.normalised(quoted(spec.contact_point))
        if spec.contact_point
        else "cast(null as varchar)"
    )
    key = f"cast({quoted(spec.key)} as varchar)"
    repeats, under_way = connection.execute(
        f"select count({key}) - count(distinct hash({key})) filter (where {key} is not null),"
        " (select count(*) from delivery_open)"
        f" from {spec.table}"
    ).fetchall()[0]
    # What is known to be empty costs no join. Two keys of one hash only cost
    # the join that finds out.
    repeated = (
        f"select {key} as key from {spec.table} group by 1 having count(*) > 1"
        if repeats
        else NO_KEYS
    )
    opened = "select key from delivery_open" if under_way else NO_KEYS
    connection.execute(
        f"""
        create or replace temp table delivery_compared as
        with
            source as (
                select
                    {key} as key,
                    {contact} as contact,
                    {payload} as payload
                from {spec.table}
            ),
            -- Keyed, so that the control store holds nothing from which an address could be guessed back. md5 tells changes apart;
            -- it seals nothing.
            hashed as (select key, contact, md5({SECRET} || payload) as payload_hash, true as is_candidate from source),
            repeated as ({repeated}),
            opened as ({opened}),
            judged as (
                select
                    coalesce(hashed.key, state.key) as key,
                    case
                        when hashed.is_candidate is null then 'gone'
                        when hashed.key is null or repeated.key is not null then 'invalid'
                        when not {consent.granted_sql(spec, "hashed.contact")} then 'withheld'
                        when opened.key is not null then 'open'
                        when state.payload_hash is not null and {spec.keeps_existing} then 'unchanged'
                        when state.payload_hash = hashed.payload_hash and not state.is_uncertain then 'unchanged'
                        -- An event is the same event whatever it says by now.
                        when state.status = 'unknown' and {destination.resend == "never"}
                            and ({spec.keeps_existing} or state.tried_hash = hashed.payload_hash) then 'unresolved'
                        when state.status = 'rejected' and state.tried_hash = hashed.payload_hash
                            and state.attempts >= {spec.give_up_after_runs} then 'given_up'
                        when state.payload_hash is null then 'add'
                        else 'change'
                    end as verdict,
                    hashed.contact,
                    hashed.payload_hash,
                    coalesce(state.version, 0) + 1 as version,
                    coalesce(state.status = 'unknown' and state.tried_hash = hashed.payload_hash, false)
                        and {destination.resend == "same_key"} as is_repeat,
                    state.remote_id,
                    state.contact_hash,
                    state.tried_contact_hash,
                    state.payload_hash as held_hash,
                    -- What is on its way is settled before anything is taken back.
                    opened.key is not null as is_open,
                    not is_open and (state.payload_hash is not null or coalesce(state.is_uncertain, false)) as is_present,
                    not is_open and coalesce(state.contact_hash, state.tried_contact_hash) is not null as is_known,
                    coalesce(state.status = 'rejected', false) as is_retry
                from hashed
                left join repeated on hashed.key = repeated.key
                full join delivery_state as state on hashed.key = state.key
                left join opened on coalesce(hashed.key, state.key) = opened.key
            )
        select
            * exclude (is_repeat, is_open) replace (
                -- What may have arrived, was withheld since and is granted again is no other row: it goes under its old key.
                case when is_repeat and verdict in ('add', 'change') then version - 1 else version end as version,
                case when verdict in ('add', 'change') then payload_hash end as payload_hash
            )
        from judged
        where verdict <> 'unchanged'
        """
    )
    connection.execute(
        """
        create or replace temp table delivery_owed as
        select key from delivery_open anti join (select key from delivery_compared where verdict = 'open') as asked using (key)
        """
    )
    connection.execute(
        "create or replace temp view delivery_candidates as select * from delivery_compared"
        " where verdict <> 'gone'"
    )


def _find_removals(
    connection: duckdb.DuckDBPyConnection, spec: SyncSpec, destination: Destination
) -> None:
    """Acknowledged keys that are no longer eligible.

    A key that is merely invalid tonight is still in the source: it stays. A retired id names
    nobody any more and goes, even where it was only cleared before: what is left of it would keep
    the address that its successor needs. So does whatever is left of an erased person.
    """
    retired = (
        "select distinct alias_customer_id from identity.identity_aliases"
        if _has_aliases(connection, spec)
        else ""
    )
    strongest = destination.removals[-1] if destination.removals else "ignore"
    connection.execute(
        f"""
        create or replace temp table delivery_removals as
        with
            gone as (select * from delivery_compared where verdict in ('gone', 'withheld') and (is_present or is_known)),
            refused as (select contact, {consent.cause_sql()} as cause from delivery_refusals group by contact),
            -- Hashed only when somebody is gone: who left the model altogether is known by the hash alone.
            refused_hashes as (
                select {keyed_hash_sql("contact")} as contact_hash, cause
                from refused
                where cause is not null and (select count(*) from gone) > 0
            ),
            judged as (
                select
                    gone.*,
                    case
                        when '{consent.ERASED}' in (refused.cause, held.cause, tried.cause) then '{consent.ERASED}'
                        when '{consent.WITHDRAWN}' in (refused.cause, held.cause, tried.cause) then '{consent.WITHDRAWN}'
                        when gone.verdict = 'withheld' then coalesce(refused.cause, 'no_grant')
                        when {f"gone.key in ({retired})" if retired else "false"} then '{RETIRED}'
                        else 'left'
                    end as cause
                from gone
                left join refused on gone.contact = refused.contact
                left join refused_hashes as held on gone.contact_hash = held.contact_hash
                left join refused_hashes as tried on gone.tried_contact_hash = tried.contact_hash
            )
        select
            key, version, held_hash as payload_hash, remote_id, coalesce(contact_hash, tried_contact_hash) as contact_hash, cause, is_retry,
            case cause
                when '{consent.ERASED}' then '{strongest}'
                when '{RETIRED}' then '{_structural(destination)}'
                when 'left' then '{spec.on_removal}'
                else '{restriction(spec, destination)}'
            end as action
        from judged
        where
            action <> 'ignore'
            and (cause = '{consent.ERASED}' or not {spec.keeps_existing})
            and (is_present or (cause in ('{consent.ERASED}', '{RETIRED}') and action <> 'clear'))
        """
    )


def restriction(spec: SyncSpec, destination: Destination) -> Removal:
    """What happens to a person who may no longer be there, even where plain absence is ignored:
    the mildest the destination can do."""
    if spec.on_withdrawal is not None:
        return spec.on_withdrawal
    if spec.on_removal != "ignore" or spec.keeps_existing:
        return spec.on_removal
    return next((removal for removal in destination.removals if removal != "ignore"), "ignore")


def _structural(destination: Destination) -> Removal:
    """The strongest way to take a record back that says nothing about the person,
    who lives on under another id."""
    return next(
        (
            removal
            for removal in reversed(destination.removals)
            if removal not in ("unsubscribe", "erase")
        ),
        "ignore",
    )


def _has_aliases(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> bool:
    if spec.key != "customer_id":
        return False
    try:
        connection.execute("select alias_customer_id from identity.identity_aliases limit 0")
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def drop(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the temporary tables."""
    for view in ("grants", "refusals", "candidates", "state"):
        connection.execute(f"drop view if exists temp.delivery_{view}")
    for table in ("compared", "owed", "removals", "rows", "exceptions", "open"):
        connection.execute(f"drop table if exists temp.delivery_{table}")

"""The rows of the model against what the destination acknowledged: a verdict for each key."""

import duckdb

from ingestion.sql import name as quoted
from orchestration.reverse_etl import consent
from orchestration.reverse_etl.keyed import SECRET
from orchestration.reverse_etl.protocol import Destination
from orchestration.reverse_etl.spec import SyncSpec

NO_KEYS = "select cast(null as varchar) as key where false"


def compare(
    connection: duckdb.DuckDBPyConnection, spec: SyncSpec, payload: str, destination: Destination
) -> None:
    """Make `delivery_compared`, `delivery_candidates` and `delivery_owed` (see `plan`).

    `payload`: SQL over the model's columns.
    """
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
            -- Keyed, so that the control store holds nothing from which an address could be guessed
            -- back. md5 tells changes apart; it seals nothing.
            hashed as (
                select
                    key,
                    contact,
                    md5({SECRET} || payload) as payload_hash,
                    true as is_candidate
                from source
            ),
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
                        when state.payload_hash is not null and {spec.keeps_existing}
                            then 'unchanged'
                        when state.payload_hash = hashed.payload_hash and not state.is_uncertain
                            then 'unchanged'
                        -- An event is the same event whatever it says by now.
                        when state.status = 'unknown' and {destination.resend == "never"}
                            and ({spec.keeps_existing} or state.tried_hash = hashed.payload_hash)
                            then 'unresolved'
                        when state.status = 'rejected' and state.tried_hash = hashed.payload_hash
                            and state.attempts >= {spec.give_up_after_runs}
                            then 'given_up'
                        when state.payload_hash is null then 'add'
                        else 'change'
                    end as verdict,
                    hashed.contact,
                    hashed.payload_hash,
                    coalesce(state.version, 0) + 1 as version,
                    coalesce(
                        state.status = 'unknown' and state.tried_hash = hashed.payload_hash, false
                    ) and {destination.resend == "same_key"} as is_repeat,
                    state.remote_id,
                    state.contact_hash,
                    state.tried_contact_hash,
                    state.payload_hash as held_hash,
                    -- What is on its way is settled before anything is taken back.
                    opened.key is not null as is_open,
                    not is_open
                        and (state.payload_hash is not null or coalesce(state.is_uncertain, false))
                        as is_present,
                    not is_open
                        and coalesce(state.contact_hash, state.tried_contact_hash) is not null
                        as is_known,
                    coalesce(state.status = 'rejected', false) as is_retry
                from hashed
                left join repeated on hashed.key = repeated.key
                full join delivery_state as state on hashed.key = state.key
                left join opened on coalesce(hashed.key, state.key) = opened.key
            )
        select
            * exclude (is_repeat, is_open) replace (
                -- What may have arrived, was withheld since and is granted again is no other row:
                -- it goes under its old key.
                case
                    when is_repeat and verdict in ('add', 'change') then version - 1 else version
                end as version,
                case when verdict in ('add', 'change') then payload_hash end as payload_hash
            )
        from judged
        where verdict <> 'unchanged'
        """
    )
    connection.execute(
        """
        create or replace temp table delivery_owed as
        select key
        from delivery_open
        anti join (select key from delivery_compared where verdict = 'open') as asked using (key)
        """
    )
    connection.execute(
        "create or replace temp view delivery_candidates as select * from delivery_compared"
        " where verdict <> 'gone'"
    )

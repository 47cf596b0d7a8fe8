"""Who is taken back, why and how: keys that the model has no more, or may send no more."""

import duckdb

from orchestration.reverse_etl import consent
from orchestration.reverse_etl.keyed import keyed_hash_sql
from orchestration.reverse_etl.protocol import Destination
from orchestration.reverse_etl.spec import Removal, SyncSpec

# Facts about a person, not guesses from an absence: these pass a hold.
FACTS = (consent.WITHDRAWN, consent.ERASED)
FACTS_SQL = ", ".join(f"'{fact}'" for fact in FACTS)
RETIRED = "retired"  # the id was merged away or split


def find_removals(
    connection: duckdb.DuckDBPyConnection, spec: SyncSpec, destination: Destination
) -> None:
    """Make `delivery_removals` (see `plan`): acknowledged keys that are no longer eligible.

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
            gone as (
                select * from delivery_compared
                where verdict in ('gone', 'withheld') and (is_present or is_known)
            ),
            refused as (
                select contact, {consent.cause_sql()} as cause
                from delivery_refusals
                group by contact
            ),
            -- Hashed only when somebody is gone: who left the model altogether is known by
            -- the hash alone.
            refused_hashes as (
                select {keyed_hash_sql("contact")} as contact_hash, cause
                from refused
                where cause is not null and (select count(*) from gone) > 0
            ),
            judged as (
                select
                    gone.*,
                    case
                        when '{consent.ERASED}' in (refused.cause, held.cause, tried.cause)
                            then '{consent.ERASED}'
                        when '{consent.WITHDRAWN}' in (refused.cause, held.cause, tried.cause)
                            then '{consent.WITHDRAWN}'
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
            key,
            version,
            held_hash as payload_hash,
            remote_id,
            coalesce(contact_hash, tried_contact_hash) as contact_hash,
            cause,
            is_retry,
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

"""The consent gate: who may be sent, judged against `core.consents` of the generation
that is being sent.

It fails closed: a contact point goes out only if that very contact point has a grant, and nothing
but grants, for the channel and the purpose of the sync, and it is on no list of exclusions. No
purpose, no channel, no contact point, no row, an unknown state: no.
"""

import duckdb

from ingestion.sql import quote
from orchestration.reverse_etl.keyed import keyed_hash_sql
from orchestration.reverse_etl.spec import NO_PURPOSE, SyncSpec

GRANTED = "granted"
# Why somebody is refused, as far as it is known; the first is the strongest.
ERASED, WITHDRAWN, EXCLUDED = CAUSES = ("erased", "withdrawn", "excluded")


def normalised(contact_point: str) -> str:
    """SQL: a contact point as consents are compared, trimmed and in lower case; empty is null."""
    text = f"cast({contact_point} as varchar)"
    # Trimming looks at every character's category, and takes longer than all else; plain text
    # without a space has nothing to trim.
    is_plain = f"strlen({text}) = length({text}) and not contains({text}, ' ')"
    return f"nullif(lower(case when {is_plain} then {text} else trim({text}) end), '')"


def load(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> None:
    """Make the views `delivery_grants` and `delivery_refusals`:
    contact points by what they said about purpose and channel.

    Columns: contact; and of refusals cause, one of `CAUSES`, or null for a state that nobody knows.
    A contact point in both is refused.
    """
    contact = normalised("contact_point")
    if asks_consent(spec) and spec.purpose and spec.channel and spec.contact_point:
        said = (
            f"core.consents where channel = {quote(spec.channel)}"
            f" and purpose = {quote(spec.purpose)}"
        )
        excluded = f"""
            union all
            select {contact} as contact, consequence as cause
            from core.exclusions
            where coalesce(purpose = {quote(spec.purpose)}, true)
        """
    else:
        said, excluded = "(select null as contact_point, null as state) where false", ""
    connection.execute(
        f"create or replace temp view delivery_grants as select {contact} as contact"
        f" from {said} and state = '{GRANTED}'"
    )
    connection.execute(
        f"""
        create or replace temp view delivery_refusals as
        select {contact} as contact, case when state = '{WITHDRAWN}' then '{WITHDRAWN}' end as cause
        from {said} and state is distinct from '{GRANTED}'
        {excluded}
        """
    )


def granted_sql(spec: SyncSpec, contact: str) -> str:
    """SQL: whether the normalised contact point of the expression `contact` may
    be sent; never null."""
    if not asks_consent(spec):
        return "true"
    # `in` over a set with a null answers null instead of no: hence the coalesce on each side.
    return (
        f"(coalesce({contact} in (select contact from delivery_grants), false)"
        f" and not coalesce({contact} in (select contact from delivery_refusals), false))"
    )


def cause_sql() -> str:
    """SQL: of several causes of refusal the strongest."""
    ranked = ", ".join(quote(cause) for cause in CAUSES)
    return f"[{ranked}][min(list_position([{ranked}], cause))]"


def asks_consent(spec: SyncSpec) -> bool:
    """Whether the gate applies: always, except for a sync without personal data that declares
    the purpose `none`."""
    return not (spec.purpose == NO_PURPOSE and not spec.personal_data)


def granted_hashes(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> set[str | None] | None:
    """Keyed hashes of the contact points with a grant, for rows whose address is no longer at hand;
    null where the gate is off."""
    if not asks_consent(spec):
        return None
    rows = connection.execute(
        f"select {keyed_hash_sql('contact')} from (select distinct contact from delivery_grants)"
        f" where {granted_sql(spec, 'contact')}"
    ).fetchall()
    return {row[0] for row in rows}

"""The consent gate: who may be sent, judged against `core.consents` of the generation that is being sent.

It fails closed: a contact point goes out only if that very contact point has a grant, and nothing but grants, for the channel and the
purpose of the sync. No purpose, no channel, no contact point, no row, an unknown state: no.
"""

import duckdb

from orchestration.reverse_etl.keyed import keyed_hash_sql
from orchestration.reverse_etl.spec import NO_PURPOSE, SyncSpec

GRANTED = "granted"
WITHDRAWN = "withdrawn"


def normalised(contact_point: str) -> str:
    """SQL: a contact point as consents are compared, trimmed and in lower case; empty is null."""
    return f"nullif(lower(trim(cast({contact_point} as varchar))), '')"


def load(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> None:
    """Make `delivery_consents`: one row per contact point that said anything about the purpose and the channel of the sync.

    Columns: contact, is_granted (every row of it is a grant), is_withdrawn (some row of it is an explicit withdrawal).
    """
    if not asks_consent(spec) or not spec.purpose or not spec.channel or not spec.contact_point:
        connection.execute("create or replace temp table delivery_consents (contact varchar, is_granted boolean, is_withdrawn boolean)")
        return
    connection.execute(
        f"""
        create or replace temp table delivery_consents as
        select
            {normalised("contact_point")} as contact,
            bool_and(coalesce(state = '{GRANTED}', false)) as is_granted,
            bool_or(coalesce(state = '{WITHDRAWN}', false)) as is_withdrawn
        from core.consents
        where channel = ? and purpose = ? and {normalised("contact_point")} is not null
        group by 1
        """,
        [spec.channel, spec.purpose],
    )


def asks_consent(spec: SyncSpec) -> bool:
    """Whether the gate applies: always, except for a sync without personal data that declares the purpose `none`."""
    return not (spec.purpose == NO_PURPOSE and not spec.personal_data)


def granted_hashes(connection: duckdb.DuckDBPyConnection, spec: SyncSpec) -> set[str | None] | None:
    """Keyed hashes of the contact points with a grant, for rows whose address is no longer at hand; null where the gate is off."""
    if not asks_consent(spec):
        return None
    rows = connection.execute(f"select {keyed_hash_sql('contact')} from delivery_consents where is_granted").fetchall()
    return {row[0] for row in rows}

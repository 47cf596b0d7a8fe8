"""How rows of `delivery_state` are written: each with the digest of what it holds by then."""

from collections.abc import Mapping, Sequence

from orchestration.control.digests import digest_sql

# What a row has where nothing is said.
_FRESH = {
    "sync": "",
    "key": "",
    "version": "",
    "payload_hash": "null",
    "tried_hash": "null",
    "attempts": "0",
    "remote_id": "null",
    "contact_hash": "null",
    "status": "",
    "reason": "null",
    "run_id": "",
    "updated_at": "",
    "is_uncertain": "0",
    "tried_contact_hash": "null",
}
# What a destination answers may be a number, which the column keeps as text.
_THEIRS = ("remote_id", "reason")


def state_upsert(given: Sequence[str], changed: Mapping[str, str]) -> str:
    """SQL that inserts a row whose columns `given` are its parameters, or changes the one that
    has its key: column → expression over the old row and `excluded`."""
    inserted = _FRESH | {
        name: f"cast(?{place} as text)" if name in _THEIRS else f"?{place}"
        for place, name in enumerate(given, 1)
    }
    updated = {name: name for name in _FRESH} | dict(changed)
    sets = [f"{name} = {expression}" for name, expression in changed.items()]
    return f"""
        insert into delivery_state ({", ".join(inserted)}, digest)
        values ({", ".join(inserted.values())}, {digest_sql(inserted.values())})
        on conflict (sync, key) do update set
            {", ".join(sets)}, digest = {digest_sql(updated.values())}
    """

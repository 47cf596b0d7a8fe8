"""The privacy desk's file: who asked what is known about them, or to be forgotten,
and when that was answered."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, NEVER
from ingestion.samples.shop.draw import chance, choose, stream, words
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import ANONYMOUS_VISITOR, TEST_ACCOUNT, People
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.shop_files import latest_per_delivery

KINDS = ("access", "erasure", "rectification", "objection")


def request_table(
    con: duckdb.DuckDBPyConnection,
    people: People,
    lives: Lives,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> None:
    """Make DuckDB's `privacy_requests`: one row per request."""
    rng = stream(seed, chunk, "privacy")
    known = (people.kind != ANONYMOUS_VISITOR) & (people.kind != TEST_ACCOUNT)
    person = np.flatnonzero(known & chance(rng, parameters.privacy_requests, people.count))
    m = len(person)
    # Between the first touch and the end of the calendar: whoever came late asks soon.
    received = lives.first_touch[person] + (
        rng.random(m) * (CLOSING_MOMENT - lives.first_touch[person])
    ).astype(np.int64)
    answered = received + ((3 + rng.exponential(10, m)) * DAY).astype(np.int64)
    drawn = pa.table(
        {
            "person": people.number[person],
            "received": received,
            "answered": np.where(chance(rng, 0.92, m), answered, NEVER),
            "request_kind": words(choose(rng, (0.45, 0.35, 0.12, 0.08), m), KINDS),
            "is_refused": chance(rng, 0.05, m),
            "by_letter": chance(rng, 0.1, m),
        }
    )
    con.register("requests_drawn", drawn)
    con.execute("create or replace table privacy_requests as from requests_drawn")
    con.unregister("requests_drawn")


def _requests(history_day: int, seed: int) -> str:
    versions = f"""
        select privacy_requests.*, version, delivered(version, 0) as day
        from (
            select person, received as version from privacy_requests
            union all select person, answered from privacy_requests where answered < {NEVER}
        ) join privacy_requests using (person)
    """
    return f"""
        select day, to_json({{
            'request_id': 'pr_' || substr(md5('{seed}:privacy:' || person), 1, 16),
            'kind': request_kind,
            'contact_point_type': 'email',
            'contact_point': email,
            'status': case
                when version < answered then 'received'
                when is_refused then 'refused'
                else 'completed'
            end,
            'received_by': case when by_letter then 'letter' else 'form' end,
            'received_at': utc_time(received),
            'completed_at': case when version >= answered then utc_time(answered) end,
            'updated_at': utc_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "person", history_day)}) as versions
        join people on people.number = versions.person
        order by greatest(day, {history_day}), version, person
    """


def land_requests(con: duckdb.DuckDBPyConnection, landing: Landing, seed: int, part: str) -> None:
    """Deliver the chunk's requests."""
    landing.land(con, "privacy.requests", _requests(landing.history_day, seed), part=part)

"""The CRM's deals: larger sales that the sales team works on with some contacts,
from the first talk to won or lost."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, NEVER
from ingestion.samples.shop.draw import chance, choose, lateness, stream, words
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import BUYER, CRM_LEAD, People
from ingestion.samples.shop.shop_files import latest_per_delivery

SUBJECTS = (
    "Office kitchen",
    "Staff gifts",
    "Canteen tableware",
    "Coffee corner",
    "Showroom furniture",
)
WON, LOST, OPEN = range(3)


def deal_table(
    con: duckdb.DuckDBPyConnection, people: People, parameters: Parameters, seed: int, chunk: int
) -> None:
    """Make DuckDB's `deals`: one row per deal of a person whom the CRM knows;
    needs its contacts."""
    rng = stream(seed, chunk, "deals")
    n = people.count
    share = np.where(
        people.kind == CRM_LEAD,
        parameters.deals_of_leads,
        np.where(people.kind == BUYER, parameters.deals_of_buyers, 0.0),
    )
    has_deal = chance(rng, share, n)
    has_second = has_deal & chance(rng, 0.2, n)
    person = np.concatenate([np.flatnonzero(has_deal), np.flatnonzero(has_second)])
    sequence = np.repeat([0, 1], [has_deal.sum(), has_second.sum()])
    m = len(person)
    outcome = choose(rng, (0.45, 0.35, 0.20), m)
    begins = ((2 + rng.exponential(25, m)) * DAY).astype(np.int64) + sequence * 60 * DAY
    qualified = begins + ((1 + rng.exponential(9, m)) * DAY).astype(np.int64)
    closes = qualified + ((5 + rng.exponential(40, m)) * DAY).astype(np.int64)
    drawn = pa.table(
        {
            "person": people.number[person],
            "sequence": sequence,
            "begins": begins,
            "qualified": qualified,
            "closes": np.where(outcome == OPEN, NEVER, closes),
            "is_won": outcome == WON,
            "subject": words(rng.integers(0, len(SUBJECTS), m), SUBJECTS),
            # Whole units, as salespeople write them; some do not say yet.
            "amount": np.rint(rng.lognormal(7.0, 0.8, m)).astype(np.int64)
            * 10 ** people.digits[person],
            "has_amount": chance(rng, 0.94, m),
            "names_copy": chance(rng, 0.8, m),
            "late": lateness(rng, parameters.late_records, m),
        }
    )
    con.register("deals_drawn", drawn)
    con.execute(DEALS_SQL)
    con.unregister("deals_drawn")


# A deal hangs on the person's contact, and mostly on its duplicate as well.
DEALS_SQL = f"""
create or replace table deals as
select
    person,
    sequence,
    30000000000 + person * 20 + sequence as id,
    min(made) + any_value(begins) as begun,
    min(made) + any_value(qualified) as qualified_at,
    case
        when any_value(closes) < {NEVER} then min(made) + any_value(closes) else {NEVER}
    end as closed_at,
    any_value(is_won) as is_won,
    any_value(last_name) || ', ' || any_value(subject) as name,
    any_value(amount) as amount,
    any_value(has_amount) as has_amount,
    any_value(currency) as currency,
    any_value(digits) as digits,
    any_value(deals_drawn.late) as late,
    list({{'id': contacts.id::varchar, 'type': 'deal_to_contact'}} order by contacts.id)
        filter (copy = 0 or names_copy) as contacts
from deals_drawn join contacts using (person)
group by person, sequence
having min(made) + any_value(begins) < {CLOSING_MOMENT}
order by person, sequence
"""


def _deals(history_day: int) -> str:
    versions = f"""
        select
            deals.*,
            version,
            delivered(version, case when version = begun then late else 0 end) as day
        from (
            select id, unnest([begun, qualified_at]) as version from deals
            union all select id, closed_at from deals where closed_at < {NEVER}
        ) join deals using (id)
    """
    return f"""
        select day, to_json({{
            'id': id::varchar,
            'properties': {{
                'dealname': name,
                'amount': case when has_amount then money(amount, digits) end,
                'deal_currency_code': currency,
                'pipeline': 'default',
                'dealstage': case
                    when version >= closed_at
                        then case when is_won then 'closedwon' else 'closedlost' end
                    when version >= qualified_at then 'qualifiedtobuy'
                    else 'appointmentscheduled'
                end,
                'hs_is_closed': (version >= closed_at)::varchar,
                'hs_is_closed_won': (version >= closed_at and is_won)::varchar,
                'createdate': utc_time(begun),
                'closedate': utc_time(
                    case when version >= closed_at then closed_at else begun + {60 * DAY} end
                )
            }},
            'associations': {{'contacts': {{'results': contacts}}}},
            'archived': false,
            'createdAt': utc_time(begun),
            'updatedAt': utc_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def land_deals(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's deals."""
    landing.land(con, "hubspot.deals", _deals(landing.history_day), part=part)

"""The CRM's file: HubSpot contacts of leads and customers, with duplicates,
merges and badly kept fields."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, NEVER
from ingestion.samples.shop.draw import chance, lateness, stream
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import (
    ACCOUNT_LEAD,
    BUYER,
    CRM_LEAD,
    NEWSLETTER_LEAD,
    People,
)
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.shop_files import latest_per_delivery
from ingestion.samples.shop.texts import email_dirt, phone_styles


def contact_table(
    con: duckdb.DuckDBPyConnection,
    people: People,
    lives: Lives,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> None:
    """Make DuckDB's `contacts`: one row per contact, its duplicates as contacts of
    their own (copy = 1)."""
    rng = stream(seed, chunk, "contacts")
    n = people.count
    is_known = (people.kind == NEWSLETTER_LEAD) | (people.kind == CRM_LEAD)
    is_known |= (people.kind == BUYER) & chance(rng, parameters.contacts_of_buyers, n)
    is_known |= (people.kind == ACCOUNT_LEAD) & chance(rng, 0.4, n)
    is_known |= people.family >= 0
    known = np.flatnonzero(is_known)
    copies = known[chance(rng, parameters.duplicate_contacts, len(known))]
    person = np.concatenate([known, copies])
    copy = np.repeat([0, 1], [len(known), len(copies)])
    m = len(person)
    made = (
        lives.first_touch[person] + (rng.exponential(2, m) * DAY).astype(np.int64) + copy * 20 * DAY
    )
    merged = copies[chance(rng, parameters.merged_duplicates, len(copies))]
    merged_at = np.full(n, NEVER)
    made_copy = np.full(n, NEVER)
    made_copy[copies] = made[copy == 1]
    merged_at[merged] = made_copy[merged] + ((3 + rng.exponential(40, len(merged))) * DAY).astype(
        np.int64
    )
    touched = made + ((1 + rng.exponential(90, m)) * DAY).astype(np.int64)
    other = people.has_second_email[person] | (people.family[person] >= 0)
    drawn = pa.table(
        {
            "person": people.number[person],
            "copy": copy,
            "made": np.minimum(made, CLOSING_MOMENT - DAY // 2),
            "merged_at": merged_at[person],
            "touched": np.where(chance(rng, 0.5, m), touched, NEVER),
            "customer_from": np.where(copy == 0, lives.first_purchase[person], NEVER),
            "email_choice": np.where(
                chance(rng, 0.05, m), 2, np.where(other & chance(rng, 0.4 + 0.5 * copy, m), 1, 0)
            ),
            "email_dirt": email_dirt(rng, parameters, m),
            "phone_style": phone_styles(
                rng,
                parameters,
                people.has_phone[person]
                & chance(rng, np.where(people.shares_phone[person], 0.9, 0.65), m),
            ),
            "is_mobile": chance(rng, 0.5, m),
            "name_case": rng.integers(0, 20, m),
            "has_country": chance(rng, 0.9, m),
            "late": lateness(rng, parameters.late_records, m),
        }
    )
    con.register("contacts_drawn", drawn)
    con.execute(CONTACTS_SQL)
    con.unregister("contacts_drawn")


CONTACTS_SQL = """
create or replace table contacts as
select
    contacts_drawn.*,
    90000000000 + contacts_drawn.person * 20 + copy as id,
    90000000000 + contacts_drawn.person * 20 + 1 as copy_id,
    case email_choice when 0 then email when 1 then second_email end as given_email,
    case when made < recycled_at then owned_phone_number else new_phone_number end as given_phone,
    people.* exclude (number, email)
from contacts_drawn join people on people.number = contacts_drawn.person
order by person, copy
"""


def _contacts(history_day: int) -> str:
    versions = f"""
        select
            contacts.*,
            version,
            delivered(version, case when version = made then late else 0 end) as day
        from (
            select id, made as version from contacts
            union
            select id, touched from contacts where touched < {NEVER} and touched < merged_at
            union
            select id, customer_from from contacts
            where customer_from < {NEVER} and customer_from > made
            union
            select id, merged_at from contacts where merged_at < {NEVER}
        ) join contacts using (id)
    """
    phone = "phone_text(country, calling_code, trunk, mobile_prefix, given_phone, phone_style)"
    return f"""
        select day, to_json({{
            'id': id,
            'properties': {{
                'email': email_text(given_email, email_dirt),
                'phone': case when phone_style >= 0 and not is_mobile then {phone} end,
                'mobilephone': case when phone_style >= 0 and is_mobile then {phone} end,
                'firstname': case name_case
                    when 0 then upper(first_name)
                    when 1 then null
                    when 2 then substr(first_name, 1, 1) || '.'
                    else first_name
                end,
                'lastname': case name_case
                    when 0 then upper(last_name)
                    when 3 then lower(last_name)
                    else last_name
                end,
                'country': case when has_country then country end,
                'city': case when name_case % 4 > 0 then city end,
                'zip': case when name_case % 3 > 0 then zip end,
                'address': case when name_case % 3 > 0 then address end,
                'date_of_birth': case
                    when name_case = 5 then strftime(birth_date::date, '%d/%m/%Y')
                    when name_case % 5 > 1 then birth_date
                end,
                'lifecyclestage': case
                    when version >= customer_from then 'customer' else 'lead'
                end,
                'hs_analytics_source': upper(channel),
                'hs_calculated_merged_vids': case
                    when copy = 0 and version >= merged_at then copy_id || ':' || merged_at
                end
            }},
            'archived': copy = 1 and version >= merged_at,
            'createdAt': utc_time(made),
            'updatedAt': utc_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def land_contacts(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's contacts."""
    landing.land(con, "hubspot.contacts", _contacts(landing.history_day), part=part)

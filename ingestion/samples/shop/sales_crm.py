"""The second CRM's files: Salesforce leads and contacts of the team for business customers,
who keep records of their own."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, NEVER
from ingestion.samples.shop.draw import chance, lateness, stream
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import BUYER, CRM_LEAD, NEWSLETTER_LEAD, People
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.shop_files import latest_per_delivery
from ingestion.samples.shop.texts import email_dirt, phone_styles

LEAD_COLUMNS = (
    "Id,FirstName,LastName,Email,Phone,MobilePhone,CountryCode,City,PostalCode,Street,Company,LeadSource,Status,"
    "IsConverted,ConvertedContactId,HasOptedOutOfEmail,IsDeleted,CreatedDate,SystemModstamp\n"
)
CONTACT_COLUMNS = (
    "Id,MasterRecordId,FirstName,LastName,Email,Phone,MobilePhone,MailingCountryCode,MailingCity,MailingPostalCode,"
    "MailingStreet,Birthdate,LeadSource,HasOptedOutOfEmail,IsDeleted,CreatedDate,SystemModstamp\n"
)


def sales_tables(
    con: duckdb.DuckDBPyConnection,
    people: People,
    lives: Lives,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> None:
    """Make DuckDB's `leads` and `sales_contacts`: one row per record;
    a converted lead has a contact, a contact need not have a lead."""
    rng = stream(seed, chunk, "salesforce")
    n = people.count
    share = np.select(
        [people.kind == CRM_LEAD, people.kind == BUYER, people.kind == NEWSLETTER_LEAD],
        [parameters.sales_leads_of_leads, parameters.sales_leads_of_buyers, 0.03],
        0.0,
    )
    is_lead = chance(rng, share, n)
    is_direct = (people.kind == BUYER) & ~is_lead & chance(rng, 0.04, n)
    person = np.flatnonzero(is_lead | is_direct)
    m = len(person)
    buyer = people.kind[person] == BUYER
    made = lives.first_touch[person] + (rng.exponential(6, m) * DAY).astype(np.int64)
    converted = made + ((3 + rng.exponential(25, m)) * DAY).astype(np.int64)
    converts = is_lead[person] & chance(rng, np.where(buyer, 0.75, 0.08), m)
    contact_made = np.where(is_direct[person], made, np.where(converts, converted, NEVER))
    has_copy = (contact_made < NEVER) & chance(rng, parameters.duplicate_contacts, m)
    copy_made = np.where(
        has_copy, contact_made + (rng.exponential(40, m) * DAY).astype(np.int64), NEVER
    )
    merged = has_copy & chance(rng, parameters.merged_duplicates, m)
    touched = made + ((1 + rng.exponential(80, m)) * DAY).astype(np.int64)
    deleted = made + ((10 + rng.exponential(200, m)) * DAY).astype(np.int64)
    other = people.has_second_email[person] & chance(rng, 0.5, m)
    drawn = pa.table(
        {
            "person": people.number[person],
            "is_lead": is_lead[person],
            "made": np.minimum(made, CLOSING_MOMENT - DAY // 2),
            "contact_made": contact_made,
            "copy_made": copy_made,
            "merged_at": np.where(
                merged, copy_made + (rng.exponential(20, m) * DAY).astype(np.int64) + DAY, NEVER
            ),
            "touched": np.where(chance(rng, 0.4, m), touched, NEVER),
            "deleted_at": np.where(chance(rng, 0.02, m) & (contact_made == NEVER), deleted, NEVER),
            "email_choice": np.where(chance(rng, 0.08, m), 2, np.where(other, 1, 0)),
            "email_dirt": email_dirt(rng, parameters, m),
            "copy_dirt": email_dirt(rng, parameters, m),
            "phone_style": phone_styles(
                rng, parameters, people.has_phone[person] & chance(rng, 0.6, m)
            ),
            "is_mobile": chance(rng, 0.6, m),
            "opts_out": chance(rng, 0.04, m),
            "name_case": rng.integers(0, 20, m),
            "late": lateness(rng, parameters.late_records, m),
        }
    )
    con.register("sales_drawn", drawn)
    con.execute(SALES_SQL)
    con.unregister("sales_drawn")


# Ids are eighteen characters: object prefix, pod, number, and three that make it safe without
# upper and lower case.
SALES_SQL = f"""
create or replace table sales_records as
select
    sales_drawn.*,
    '00Q5f000' || lpad(sales_drawn.person::varchar, 7, '0') || 'EAA' as lead_id,
    '0035f000' || lpad(sales_drawn.person::varchar, 7, '0') || 'QAA' as contact_id,
    '0035f001' || lpad(sales_drawn.person::varchar, 7, '0') || 'QAI' as copy_id,
    case email_choice when 0 then email when 1 then second_email end as given_email,
    case when made < recycled_at then owned_phone_number else new_phone_number end as given_phone,
    last_name || ' ' || ['GmbH', 'Ltd', 'Office', 'Studio'][1 + sales_drawn.person % 4] as company,
    people.* exclude (number, email)
from sales_drawn join people on people.number = sales_drawn.person
order by person;

create or replace table sales_contacts as
select *, contact_id as id, 0 as copy, contact_made as begun
from sales_records where contact_made < {NEVER}
union all
select *, copy_id as id, 1 as copy, copy_made as begun
from sales_records where copy_made < {NEVER}
"""

PHONE = "phone_text(country, calling_code, trunk, mobile_prefix, given_phone, phone_style)"
FIRST_NAME = """case name_case
    when 0 then upper(first_name)
    when 1 then null
    when 2 then substr(first_name, 1, 1) || '.'
    else first_name
end"""
LAST_NAME = (
    "case name_case when 0 then upper(last_name) when 3 then lower(last_name) else last_name end"
)


def _fields(*columns: str) -> str:
    """SQL: one CSV record of the given columns; nothing is an empty field,
    everything else is quoted."""
    return " || ',' || ".join(f"csv_text({column})" for column in columns) + " || chr(10)"


def _leads(history_day: int) -> str:
    versions = f"""
        select
            sales_records.*,
            version,
            delivered(version, case when version = made then late else 0 end) as day
        from (
            select lead_id, made as version from sales_records where is_lead
            union
            select lead_id, touched from sales_records
            where is_lead and touched < least(contact_made, deleted_at)
            union
            select lead_id, contact_made from sales_records
            where is_lead and contact_made < {NEVER}
            union
            select lead_id, deleted_at from sales_records
            where is_lead and deleted_at < {NEVER}
        ) join sales_records using (lead_id)
    """
    record = _fields(
        "lead_id",
        FIRST_NAME,
        LAST_NAME,
        "email_text(given_email, email_dirt)",
        f"case when phone_style >= 0 and not is_mobile then {PHONE} end",
        f"case when phone_style >= 0 and is_mobile then {PHONE} end",
        "country",
        "case when name_case % 4 > 0 then city end",
        "case when name_case % 3 > 0 then zip end",
        "case when name_case % 3 > 0 then address end",
        "company",
        (
            "case when person % 3 = 0 then 'Web' when person % 3 = 1 then 'Trade Show'"
            " else 'Partner' end"
        ),
        (
            "case when version >= contact_made then 'Closed - Converted'"
            " when version > made then 'Working' else 'Open' end"
        ),
        "(version >= contact_made)::varchar",
        "case when version >= contact_made then contact_id end",
        "(opts_out and version > made)::varchar",
        "(version >= deleted_at)::varchar",
        "utc_time(made)",
        "utc_time(version)",
    )
    return f"""
        select day, {record} as line
        from ({latest_per_delivery(versions, "lead_id", history_day)})
        order by greatest(day, {history_day}), version, lead_id
    """


def _contacts(history_day: int) -> str:
    versions = f"""
        select sales_contacts.*, version, delivered(version, 0) as day
        from (
            select id, begun as version from sales_contacts
            union
            select id, touched from sales_contacts
            where touched < merged_at and touched > begun and copy = 0 and touched < {NEVER}
            union
            select id, merged_at from sales_contacts where copy = 1 and merged_at < {NEVER}
        ) join sales_contacts using (id)
    """
    record = _fields(
        "id",
        "case when copy = 1 and version >= merged_at then contact_id end",
        FIRST_NAME,
        LAST_NAME,
        "email_text(given_email, case copy when 1 then copy_dirt else email_dirt end)",
        f"case when phone_style >= 0 and not is_mobile then {PHONE} end",
        f"case when phone_style >= 0 and is_mobile then {PHONE} end",
        "country",
        "case when copy = 0 then city end",
        "case when copy = 0 then zip end",
        "case when copy = 0 then address end",
        "case when name_case % 4 > 0 then birth_date end",
        "case when is_lead then 'Web' else 'Customer' end",
        "(opts_out and version > begun)::varchar",
        "(copy = 1 and version >= merged_at)::varchar",
        "utc_time(begun)",
        "utc_time(version)",
    )
    return f"""
        select day, {record} as line
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def land_sales(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's leads and contacts."""
    for table, query, columns in (
        ("leads", _leads, LEAD_COLUMNS),
        ("contacts", _contacts, CONTACT_COLUMNS),
    ):
        landing.land(
            con,
            f"salesforce.{table}",
            query(landing.history_day),
            part=part,
            suffix="csv",
            header=columns.encode(),
        )

"""Records as they are compared: cleaned, swapped names mended,
and the parts by which pairs are found."""

import duckdb
import pyarrow as pa

# What a record may say; all but the id may be null, and a table may leave columns out. Date of
# birth: yyyy-mm-dd.
RECORD_COLUMNS = (
    "record_id",
    "first_name",
    "surname",
    "date_of_birth",
    "email",
    "city",
    "postcode",
    "address",
    "street_number",
    "personal_id",
)
# A first name is one of a pair of names in the wrong order when its odds of being a first name are
# e² lower than the other's.
SWAP_BELOW = -2


def load_records(connection: duckdb.DuckDBPyConnection, records: pa.Table) -> None:
    """Make table `prepared`, one row per record in the order of ids.

    Errors: `ValueError` on repeated or missing ids.
    """
    missing = [name for name in RECORD_COLUMNS if name not in records.column_names]
    connection.register("given", records)
    try:
        columns = ", ".join(
            [
                "record_id::varchar as record_id",
                *(
                    f"null::varchar as {name}"
                    if name in missing
                    else f"nullif(lower(trim({name}::varchar)), '') as {name}"
                    for name in RECORD_COLUMNS[1:]
                ),
            ]
        )
        connection.execute(
            f"create table cleaned as select {columns} from given order by record_id"
        )
    finally:
        connection.unregister("given")
    count, distinct_count = connection.execute(
        "select count(*), count(distinct record_id) from cleaned"
    ).fetchall()[0]
    if count != distinct_count:
        raise ValueError(
            f"records to match: {count - distinct_count} of {count} record ids are repeated"
            " or null; give each record one id"
        )
    connection.execute(PREPARED)
    connection.execute("drop table cleaned")


PREPARED = f"""
create table prepared as
with uses as (
    select first_name as name, 1 as as_first, 0 as as_surname
    from cleaned where first_name is not null
    union all
    select surname, 0, 1 from cleaned where surname is not null
),

odds as (
    select name, ln((sum(as_first) + 0.5) / (sum(as_surname) + 0.5)) as of_first
    from uses
    group by name
),

mended as (
    select
        cleaned.* exclude (first_name, surname),
        coalesce(first_odds.of_first - surname_odds.of_first < {SWAP_BELOW}, false) as is_swapped,
        case when is_swapped then surname else first_name end as first_name,
        case when is_swapped then first_name else surname end as surname
    from cleaned
    left join odds as first_odds on cleaned.first_name = first_odds.name
    left join odds as surname_odds on cleaned.surname = surname_odds.name
)

select
    * exclude (is_swapped),
    nullif(regexp_extract(email, '^(.*)@', 1), '') as email_user,
    nullif(regexp_extract(email, '@([^@]*)$', 1), '') as email_domain,
    substr(first_name, 1, 1) as first_initial,
    substr(first_name, 1, 3) as first_start,
    substr(surname, 1, 1) as surname_initial,
    substr(surname, 1, 3) as surname_start,
    substr(email_user, 1, 1) as user_initial,
    substr(date_of_birth, 1, 3) as birth_decade,
    substr(date_of_birth, 1, 4) as birth_year,
    substr(date_of_birth, 1, 7) as birth_month,
    nullif(substr(date_of_birth, 6), '') as birth_day
from mended
order by record_id
"""

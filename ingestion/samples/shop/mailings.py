"""The e-mail tool's files: Klaviyo profiles, the monthly newsletter,
and what became of each copy of it."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import DAY, HOUR, NEVER, to_utc
from ingestion.samples.shop.draw import Ints, chance, lateness, stream
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import DAYS, Parameters
from ingestion.samples.shop.people import ACCOUNT_LEAD, BUYER, NEWSLETTER_LEAD, People
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.shop_files import latest_per_delivery
from ingestion.samples.shop.texts import email_dirt, phone_styles

MAILINGS = to_utc(np.arange(5, DAYS, 30), np.full(len(np.arange(5, DAYS, 30)), 10 * HOUR))
METRICS = (
    "Received Email",
    "Opened Email",
    "Clicked Email",
    "Bounced Email",
    "Unsubscribed from Email Marketing",
    "Marked Email as Spam",
)
RECEIVED, OPENED, CLICKED, BOUNCED, UNSUBSCRIBED, SPAM = range(len(METRICS))


def mailing_tables(
    con: duckdb.DuckDBPyConnection,
    people: People,
    lives: Lives,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> None:
    """Make DuckDB's `profiles` (one row each) and `mail_events` (one row each)."""
    rng = stream(seed, chunk, "klaviyo")
    n = people.count
    share = np.select(
        [people.kind == NEWSLETTER_LEAD, people.kind == BUYER, people.kind == ACCOUNT_LEAD],
        [1.0, parameters.profiles_of_buyers, 0.5],
        0.0,
    )
    person = np.flatnonzero(chance(rng, share, n))
    m = len(person)
    signs_up = np.where(
        lives.account_at < NEVER,
        lives.account_at,
        np.where(lives.first_purchase < NEVER, lives.first_purchase, NEVER),
    )
    made = np.where(
        people.kind[person] == NEWSLETTER_LEAD,
        lives.first_touch[person] + HOUR // 6,
        signs_up[person],
    )
    made = np.where(made < NEVER, made, lives.first_touch[person]) + (
        rng.exponential(0.1, m) * DAY
    ).astype(np.int64)
    profiles = pa.table(
        {
            "person": people.number[person],
            "made": made,
            "touched": np.where(
                chance(rng, 0.3, m),
                made + ((1 + rng.exponential(120, m)) * DAY).astype(np.int64),
                NEVER,
            ),
            "knows_login": chance(rng, 0.5, m),
            "email_dirt": email_dirt(rng, parameters, m),
            "second": people.has_second_email[person] & chance(rng, 0.15, m),
            "phone_style": phone_styles(
                rng, parameters, people.has_phone[person] & chance(rng, 0.25, m)
            ),
            "knows_name": chance(rng, 0.7, m),
            "late": lateness(rng, parameters.late_records, m),
        }
    )
    events = _events(rng, parameters, made)
    events = events.set_column(
        0, "person", pa.array(people.number[person[events["profile"].to_numpy()]])
    )
    con.register("profiles_drawn", profiles)
    con.register("mail_drawn", events)
    con.execute(PROFILES_SQL, {"seed": str(seed)})
    con.execute("create or replace table mail_events as from mail_drawn")
    con.unregister("profiles_drawn")
    con.unregister("mail_drawn")


def _events(rng: np.random.Generator, parameters: Parameters, made: Ints) -> pa.Table:
    """What every mailing led to: (profile, mailing, metric, moment)."""
    m = len(made)
    ends_after = rng.geometric(
        parameters.unsubscribes, m
    )  # mailings received until the person has enough of them
    bounces = chance(rng, parameters.hard_bounces, m)
    sent = MAILINGS[None, :] > made[:, None]
    count = sent.cumsum(axis=1)
    profile, mailing = np.nonzero(sent & (count <= np.where(bounces, 1, ends_after)[:, None]))
    at = MAILINGS[mailing] + rng.integers(0, 20 * 60_000, len(profile))
    is_last = (count[profile, mailing] == ends_after[profile]) & ~bounces[profile]
    arrives = ~bounces[profile]
    opens = arrives & chance(rng, 0.42, len(profile))
    opened = at + (rng.exponential(9, len(profile)) * HOUR).astype(np.int64) + 60_000
    clicks = opens & chance(rng, 0.2, len(profile))
    complains = is_last & chance(rng, 0.08, len(profile))
    parts = (
        (RECEIVED, arrives, at),
        (OPENED, opens, opened),
        (CLICKED, clicks, opened + 45_000),
        (BOUNCED, bounces[profile], at),
        (UNSUBSCRIBED, is_last & ~complains, opened + 90_000),
        (SPAM, complains, opened + 90_000),
    )
    return pa.table(
        {
            "profile": np.concatenate([profile[happens] for _, happens, _ in parts]),
            "mailing": np.concatenate([mailing[happens] for _, happens, _ in parts]),
            "metric": np.concatenate(
                [np.full(int(happens.sum()), kind) for kind, happens, _ in parts]
            ),
            "moment": np.concatenate([moment[happens] for _, happens, moment in parts]),
        }
    )


PROFILES_SQL = """
create or replace table profiles as
select
    profiles_drawn.*,
    '01' || upper(substr(md5($seed || ':profile:' || profiles_drawn.person), 1, 24)) as id,
    case when second then second_email else email end as given_email,
    case when made < recycled_at then owned_phone_number else new_phone_number end as given_phone,
    people.* exclude (number, email)
from profiles_drawn join people on people.number = profiles_drawn.person
order by person
"""


def _metric_id(metric: str) -> str:
    """SQL: Klaviyo's id of a kind of event, by its number."""
    return f"upper(substr(md5('metric:' || {metric}), 1, 6))"


def _profiles(history_day: int) -> str:
    versions = f"""
        select
            profiles.*,
            version,
            delivered(version, case when version = made then late else 0 end) as day
        from (
            select id, made as version from profiles
            union all
            select id, touched from profiles where touched < {NEVER}
        ) join profiles using (id)
    """
    return f"""
        select day, to_json({{
            'type': 'profile',
            'id': id,
            'attributes': {{
                'email': email_text(given_email, email_dirt),
                'phone_number': case
                    when phone_style between 0 and 6 then
                        phone_text(
                            country, calling_code, trunk, mobile_prefix, given_phone, 0
                        )
                end,
                'external_id': case
                    when knows_login and account_at <= version and account_owner = person
                        then customer_id::varchar
                end,
                'first_name': case when knows_name then first_name end,
                'last_name': case when knows_name then last_name end,
                'location': {{
                    'country': country,
                    'city': case when knows_name then city end,
                    'zip': case when knows_name then zip end
                }},
                'created': utc_time(made),
                'updated': utc_time(version)
            }}
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def _mail_events(history_day: int) -> str:
    return f"""
        select delivered(moment, 0) as day, to_json({{
            'type': 'event',
            'id': substr(md5(id || ':' || mailing || ':' || metric), 1, 22),
            'attributes': {{
                'event_properties': {{
                    'Campaign Name': 'Newsletter ' || (1 + mailing),
                    'Subject': 'News of month ' || (1 + mailing),
                    '$message': 'msg' || (1 + mailing),
                    'Bounce Type': case metric when {BOUNCED} then 'Hard' end
                }},
                'datetime': utc_time(moment)
            }},
            'relationships': {{
                'profile': {{'data': {{'type': 'profile', 'id': id}}}},
                'metric': {{'data': {{'type': 'metric', 'id': {_metric_id("metric")}}}}}
            }}
        }})::varchar || chr(10) as line
        from mail_events join profiles using (person)
        where delivered(moment, 0) is not null
        order by greatest(day, {history_day}), moment, id, metric
    """


def land_mailings(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's profiles and events."""
    landing.land(con, "klaviyo.profiles", _profiles(landing.history_day), part=part)
    landing.land(
        con, "klaviyo.events", _mail_events(landing.history_day), part=part, suffix="jsonl.gz"
    )


def land_metrics(con: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Deliver the kinds of events, all of them in one file."""
    query = f"""
        select {landing.history_day} as day, to_json({{
            'type': 'metric', 'id': {_metric_id("number")}, 'attributes': {{'name': name}}
        }})::varchar || chr(10) as line
        from (select unnest({list(METRICS)}) as name, unnest(range({len(METRICS)})) as number)
        order by number
    """
    landing.land(con, "klaviyo.metrics", query, part="")

"""The support desk's files: Zendesk users, their tickets about orders and before them,
and how content they were."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import DAY, HOUR, NEVER
from ingestion.samples.shop.draw import chance, choose, lateness, stream
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.orders import Orders
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import ANONYMOUS_VISITOR, BUYER, TEST_ACCOUNT, People
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.shop_files import latest_per_delivery
from ingestion.samples.shop.texts import email_dirt, phone_styles
from ingestion.samples.shop.tickets import BEFORE, TOPICS, topic_lists

CHANNELS = ("email", "web", "chat", "voice")


def support_tables(
    con: duckdb.DuckDBPyConnection,
    people: People,
    lives: Lives,
    orders: Orders,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> None:
    """Make DuckDB's `tickets` (one row each) and `desk_users`
    (one row per person who ever wrote)."""
    rng = stream(seed, chunk, "support")
    real = np.flatnonzero(~orders.columns["is_test"])
    about = real[chance(rng, parameters.tickets_of_orders, len(real))]
    asks = (
        (people.kind != BUYER) & (people.kind != ANONYMOUS_VISITOR) & (people.kind != TEST_ACCOUNT)
    )
    before = np.flatnonzero(asks & chance(rng, parameters.tickets_of_leads, people.count))
    m = len(about) + len(before)
    has_order = np.repeat([True, False], [len(about), len(before)])
    person = np.concatenate([orders.person[about], before])
    waited = np.where(has_order, 1 + rng.exponential(6, m), rng.exponential(2, m))
    begun = np.concatenate([orders.placed[about], lives.first_touch[before]]) + (
        waited * DAY
    ).astype(np.int64)
    answered = begun + ((0.2 + rng.exponential(9, m)) * HOUR).astype(np.int64)
    solved = answered + (rng.exponential(40, m) * HOUR).astype(np.int64)
    rated = chance(rng, parameters.rated_tickets, m)
    topic = np.where(has_order, rng.integers(0, BEFORE, m), rng.integers(BEFORE, len(TOPICS), m))
    drawn = pa.table(
        {
            "person": people.number[person],
            "order_index": np.concatenate([about, np.full(len(before), -1)]),
            "begun": begun,
            "answered": answered,
            "solved": np.where(chance(rng, 0.9, m), solved, NEVER),
            "rated": np.where(
                rated, solved + (rng.exponential(10, m) * HOUR).astype(np.int64) + HOUR, NEVER
            ),
            "is_good": chance(rng, 0.8, m),
            "says_why": chance(rng, 0.3, m),
            "knows_order": has_order & chance(rng, 0.6, m),
            "topic": topic,
            "channel": choose(rng, (0.5, 0.3, 0.12, 0.08), m),
            "priority": choose(rng, (0.2, 0.6, 0.15, 0.05), m),
            "late": lateness(rng, parameters.late_records, m),
        }
    )
    n = people.count
    users = pa.table(
        {
            "person": people.number,
            "is_caller": chance(rng, 0.12, n) & people.has_phone,
            "email_choice": np.where(people.has_second_email & chance(rng, 0.35, n), 1, 0),
            "email_dirt": email_dirt(rng, parameters, n),
            "phone_style": phone_styles(rng, parameters, people.has_phone & chance(rng, 0.3, n)),
            "is_logged_in": chance(rng, 0.5, n),
        }
    )
    con.register("tickets_drawn", drawn)
    con.register("users_drawn", users)
    con.execute(SUPPORT_SQL)
    con.unregister("tickets_drawn")
    con.unregister("users_drawn")


# A caller is known by the number alone, whoever writes by the address; logged in, by
# the login as well.
SUPPORT_SQL = f"""
create or replace table desk_users as
with first_tickets as (select person, min(begun) as made from tickets_drawn group by person)
select
    360000000000 + person as id,
    made,
    made + {30 * DAY} as touched,
    is_caller,
    email_dirt,
    phone_style,
    case
        when is_logged_in and account_at < made and account_owner = person then customer_id
    end as login,
    case email_choice when 1 then second_email else email end as given_email,
    case when made < recycled_at then owned_phone_number else new_phone_number end as given_phone,
    people.* exclude (number, email)
from first_tickets join users_drawn using (person) join people on people.number = person
order by id;

create or replace table tickets as
select
    tickets_drawn.*,
    360000000000 + tickets_drawn.person as requester_id,
    700000 + tickets_drawn.person * 50 + row_number() over (
        partition by tickets_drawn.person order by begun, tickets_drawn.order_index
    ) as id,
    people.country,
    people.first_name,
    '#' || orders.order_number as order_name
from tickets_drawn
join people on people.number = tickets_drawn.person
left join orders on orders.order_index = tickets_drawn.order_index
order by id
"""

LANGUAGE = "case when country in ('DE', 'AT', 'CH') then 1 else 0 end"


def _users(history_day: int) -> str:
    versions = """
        select desk_users.*, version, delivered(version, 0) as day
        from (select id, unnest([made, touched]) as version from desk_users)
        join desk_users using (id)
    """
    return f"""
        select day, to_json({{
            'id': id,
            'role': 'end-user',
            'name': first_name || ' ' || last_name,
            'email': case when not is_caller then email_text(given_email, email_dirt) end,
            'phone': case
                when is_caller then
                    phone_text(country, calling_code, trunk, mobile_prefix, given_phone, 0)
                when phone_style >= 0 then
                    phone_text(
                        country, calling_code, trunk, mobile_prefix, given_phone, phone_style
                    )
            end,
            'external_id': case when not is_caller then login::varchar end,
            'locale': case when {LANGUAGE} = 1 then 'de' else 'en-GB' end,
            'time_zone': 'Berlin',
            'suspended': false,
            'active': true,
            'created_at': utc_time(made),
            'updated_at': utc_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def _tickets(history_day: int) -> str:
    versions = f"""
        select
            tickets.*,
            version,
            delivered(version, case when version = begun then late else 0 end) as day
        from (
            select id, unnest([begun, answered]) as version from tickets
            union all select id, solved from tickets where solved < {NEVER}
        ) join tickets using (id)
    """
    subjects, bodies = topic_lists()
    text = (
        f"replace(replace({{}}[1 + topic * 2 + {LANGUAGE}], '{{{{order}}}}',"
        " coalesce(order_name, '?')), '{{name}}', first_name)"
    )
    return f"""
        select day, to_json({{
            'id': id,
            'requester_id': requester_id,
            'external_id': case when knows_order then order_name end,
            'subject': {text.format(subjects)},
            'description': {text.format(bodies)},
            'via': {{'channel': {list(CHANNELS)}[1 + channel]}},
            'type': case when topic % 2 = 0 then 'question' else 'problem' end,
            'priority': ['low', 'normal', 'high', 'urgent'][1 + priority],
            'status': case
                when version >= solved then 'solved'
                when version >= answered then 'pending'
                else 'new'
            end,
            'tags': case when order_index >= 0 then ['order'] else []::varchar[] end,
            'metric_set': {{'solved_at': case when version >= solved then utc_time(solved) end}},
            'created_at': utc_time(begun),
            'updated_at': utc_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def _ratings(history_day: int) -> str:
    return f"""
        select delivered(rated, 0) as day, to_json({{
            'id': 9000000 + id,
            'ticket_id': id,
            'requester_id': requester_id,
            'score': case when is_good then 'good' else 'bad' end
                || case when says_why then '_with_comment' else '' end,
            'comment': case when says_why then
                case
                    when is_good then 'Quick and friendly, thank you'
                    else 'It took far too long'
                end
            end,
            'created_at': utc_time(solved + {HOUR // 2}),
            'updated_at': utc_time(rated)
        }})::varchar || chr(10) as line
        from tickets
        where rated < {NEVER} and solved < {NEVER} and delivered(rated, 0) is not null
        order by greatest(day, {history_day}), rated, id
    """


def land_support(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's users, tickets and ratings."""
    for table, query in (
        ("users", _users),
        ("tickets", _tickets),
        ("satisfaction_ratings", _ratings),
    ):
        landing.land(con, f"zendesk.{table}", query(landing.history_day), part=part)

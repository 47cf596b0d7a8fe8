"""The web tracker's files: Segment's identify, track and page calls as gzipped JSON lines,
one part a month of history."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import local_day
from ingestion.samples.shop.draw import Ints, words
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import DAYS, START
from ingestion.samples.shop.people import People
from ingestion.samples.shop.visits import CHECKOUT, EVENTS, PURCHASE, Calls, Visits
from ingestion.samples.shop.words import CAMPAIGNS, PRODUCTS, ascii_slug
from ingestion.sql import texts

SHOP = "https://shop.example"
HANDLES = [ascii_slug(title) for title, _ in PRODUCTS]
TYPES = ("page", "track", "identify")


def landing_query(campaign_index: int) -> str:
    """The query part of the page on which a visit by this campaign begins."""
    campaign = CAMPAIGNS[campaign_index]
    if campaign.source is None:
        return ""
    return (
        f"?utm_source={campaign.source}&utm_medium={campaign.medium}&utm_campaign={campaign.name}"
    )


def _first_context(campaign_index: int) -> str:
    """The context of a visit's first call, as JSON:
    later calls carry no campaign and the shop itself as referrer."""
    campaign = CAMPAIGNS[campaign_index]
    page = (
        f'{{"url":"{SHOP}/{landing_query(campaign_index)}","referrer":"{campaign.referrer or ""}"}}'
    )
    if campaign.source is None:
        return f'{{"page":{page}}}'
    utm = f'{{"source":"{campaign.source}","medium":"{campaign.medium}","name":"{campaign.name}"}}'
    return f'{{"page":{page},"campaign":{utm}}}'


# Devices are known by their number; their cookie is a hash of it in the usual shape of a UUID.
VISITS_SQL = """
create or replace table web_visits as
with hashed as (select *, md5($seed || ':device:' || device) as cookie from visits_drawn)
select
    visit,
    hashed.campaign,
    device,
    knows_someone,
    people.number,
    people.customer_id,
    people.person_id,
    substr(cookie, 1, 8) || '-' || substr(cookie, 9, 4) || '-4' || substr(cookie, 14, 3)
        || '-a' || substr(cookie, 18, 3) || '-' || substr(cookie, 21, 12) as anonymous_id,
    case
        when knows_someone then people.email
        else coalesce(orders.given_email, carts.email, people.email)
    end as email,
    '{"order_id":"' || order_id || '","checkout_token":"' || checkout_token
        || '","revenue":' || money(orders.total, orders.digits)
        || ',"currency":"' || orders.currency || '"}' as order_properties
from hashed
join people on people.number = hashed.person
left join orders on orders.order_index = hashed.order_index
left join carts on carts.cart_index = hashed.cart_index
order by visit
"""

# Texts need no escaping: all are made of letters, digits and plain punctuation.
CALLS_SQL = f"""
select
    day,
    '{{"messageId":"' || substr(md5($seed || ':call:' || $chunk || ':' || number), 1, 24)
    || '","type":"' || type || '","anonymousId":"' || anonymous_id || '","userId":'
    || case when knows_user then '"' || customer_id || '"' else 'null' end
    || case type
        when 'page'
            then ',"properties":{{"path":"'
                || case when position = 0 then '/' else '/products/' || handle end || '"}}'
        when 'identify' then ',"traits":{{"email":"' || email || '"}}'
        else ',"event":"' || event || '","properties":'
            || case
                when event = 'Order Completed' then order_properties
                else '{{"product":"' || handle || '"}}'
            end
    end
    || ',"context":' || case
        when position = 0
            then {texts([_first_context(index) for index in range(len(CAMPAIGNS))])}[1 + campaign]
        else '{{"page":{{"url":"{SHOP}/products/' || handle || '","referrer":"{SHOP}/"}}}}'
    end
    || ',"timestamp":"' || utc_time(happened) || '","receivedAt":"' || utc_time(received) || '"}}'
    || chr(10) as line
from (
    select calls.*, {texts(HANDLES)}[1 + product] as handle, web_visits.* exclude (visit, number)
    from web_calls as calls join web_visits using (visit)
    where calls.month = $month
    order by greatest(day, $history_day), row
)
"""


def visit_table(con: duckdb.DuckDBPyConnection, visits: Visits, people: People, seed: int) -> None:
    """Make DuckDB's `web_visits`: the texts of every visit; needs people, orders and carts."""
    drawn = pa.table(
        {
            "visit": np.arange(len(visits.person)),
            "person": people.number[visits.person],
            "campaign": visits.campaign,
            "device": visits.device,
            "knows_someone": visits.logs_in,
            "order_index": np.where(visits.kind == PURCHASE, visits.subject, -1),
            "cart_index": np.where(visits.kind == CHECKOUT, visits.subject, -1),
        }
    )
    con.register("visits_drawn", drawn)
    con.execute(VISITS_SQL, {"seed": str(seed)})
    con.unregister("visits_drawn")


def _delivery(calls: Calls, history_day: int) -> tuple[Ints, Ints]:
    """Which calls are delivered (positions), and on which day;
    a call repeated within one delivery comes once."""
    happened = local_day(calls.received)
    day = np.minimum(happened + calls.late, DAYS - 1)
    rows = np.flatnonzero(happened < DAYS)
    delivery = np.maximum(day[rows], history_day)
    order = np.lexsort((rows, delivery, calls.number[rows]))
    same = np.r_[False, (np.diff(calls.number[rows][order]) == 0) & (np.diff(delivery[order]) == 0)]
    rows = np.sort(rows[order][~same])
    return rows, day[rows]


def land_web(
    con: duckdb.DuckDBPyConnection, landing: Landing, calls: Calls, seed: int, chunk: int
) -> None:
    """Deliver the chunk's calls; needs DuckDB's web_visits."""
    rows, day = _delivery(calls, landing.history_day)
    received_day = np.datetime64(START) + local_day(calls.received[rows])
    month = received_day.astype("datetime64[M]").astype(np.int64)
    table = pa.table(
        {
            "row": np.arange(len(rows)),
            "day": day,
            "month": month,
            "visit": calls.visit[rows],
            "position": calls.position[rows],
            "type": words(calls.type[rows], TYPES),
            "event": words(calls.event[rows], EVENTS),
            "product": calls.product[rows],
            "happened": calls.at[rows],
            "received": calls.received[rows],
            "knows_user": calls.knows_user[rows],
            "number": calls.number[rows],
        }
    )
    con.register("web_calls", table)
    for each in np.unique(month):
        name = str(np.datetime64(int(each), "M")).replace("-", "")
        query = CALLS_SQL
        for key, value in (
            ("$seed", f"'{seed}'"),
            ("$chunk", f"'{chunk}'"),
            ("$month", str(int(each))),
            ("$history_day", str(landing.history_day)),
        ):
            query = query.replace(key, value)
        landing.land(con, "web.events", query, part=f"{name}{chunk + 1:04d}", suffix="jsonl.gz")
    con.unregister("web_calls")


# A device is a person's when nobody else was ever on it; a login is always its owner's.
DEVICES_TRUTH_SQL = """
    select 'web_devices:' || anonymous_id as record_id, min(person_id) as person_id
    from web_visits
    group by anonymous_id, device
    having count(distinct person_id) = 1 and device >= 0
    union all
    select distinct 'web_logins:' || anonymous_id || ':' || customer_id, person_id
    from web_visits where knows_someone
"""

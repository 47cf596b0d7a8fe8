"""The sample shop as the loader takes it in: in the contracts' shape, money that ties out,
a truth for every record, real dirt."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import phonenumbers
import pytest
from loaded_sample import LEADING_NOWHERE, MAILS, load_sample

from ingestion.samples.shop import SampleReport, make_sample

CUSTOMERS = 700


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


@pytest.fixture(scope="module")
def report(home: Path) -> SampleReport:
    return make_sample(home / "extracts", home / "truth", customers=CUSTOMERS)


@pytest.fixture(scope="module")
def raw(home: Path, report: SampleReport) -> duckdb.DuckDBPyConnection:
    """The sample loaded by the real loader."""
    return load_sample(home)


def test_the_loader_takes_every_row_and_finds_no_unknown_field(
    raw: duckdb.DuckDBPyConnection, report: SampleReport
) -> None:
    for table, rows in report.rows.items():
        assert raw.execute(f"select count(*) from {table.replace('.', '_')}").fetchall() == [
            (rows,)
        ], table
    # Of so few orders none is disputed; a larger shop is looked at in test_sample_shop_money.py.
    assert set(report.rows) == {
        "consent.records", "ecb.rates", "google_ads.campaign_days", "hubspot.contacts",
        "hubspot.deals", "klaviyo.events", "klaviyo.metrics", "klaviyo.profiles",
        "meta_ads.campaign_days", "privacy.requests", "salesforce.contacts", "salesforce.leads",
        "shopify.checkouts", "shopify.customers", "shopify.inventory_items", "shopify.orders",
        "shopify.products", "shopify.refunds", "shopify.transactions", "stripe.charges",
        "stripe.customers", "stripe.refunds", "web.events", "zendesk.satisfaction_ratings",
        "zendesk.tickets", "zendesk.users",
    }  # fmt: skip


def test_orders_add_up(raw: duckdb.DuckDBPyConnection) -> None:
    wrong = raw.execute("""
        with lines as (
            select
                orders.id,
                sum((line ->> 'price')::decimal(18, 3) * (line ->> 'quantity')::integer) as goods,
                sum((line ->> 'total_discount')::decimal(18, 3)) as discount,
                min((line ->> 'price')::decimal(18, 3)) as lowest
            from shopify_orders as orders,
                unnest(from_json(line_items, '["json"]')) as unnested(line)
            group by orders.id, orders._line_number, orders._file_id
        )
        select count(*) from shopify_orders join lines using (id)
        where goods <> total_line_items_price or discount <> total_discounts or lowest <= 0
            or total_price <> total_line_items_price + total_shipping + total_tax - total_discounts
    """).fetchall()
    assert wrong == [(0,)]
    decimals = raw.execute(
        "select count(*) from shopify_orders where currency = 'JPY'"
        " and total_price <> floor(total_price)"
    )
    assert decimals.fetchall() == [(0,)]


def test_the_state_of_an_order_is_the_state_of_its_money(raw: duckdb.DuckDBPyConnection) -> None:
    states = raw.execute("""
        with money as (
            select
                order_id,
                sum(amount) filter (kind in ('sale', 'capture') and status = 'success') as captured,
                coalesce(sum(amount) filter (kind = 'refund'), 0) as refunded
            from shopify_transactions group by order_id
        )
        select financial_status, captured = total_price, refunded > 0, refunded > captured, count(*)
        from latest_orders as orders left join money on money.order_id = orders.id
        group by all
    """).fetchall()
    seen: Counter[str] = Counter()
    for status, is_captured, is_refunded, is_overpaid, count in states:
        assert not is_overpaid
        assert bool(is_captured) == (status in ("paid", "partially_refunded", "refunded")), status
        assert bool(is_refunded) == (status in ("partially_refunded", "refunded")), status
        seen[status] += count
    assert {"paid", "partially_refunded", "refunded", "voided"} <= set(seen)


def test_the_shop_and_the_payment_provider_agree_on_every_charge(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    rows = raw.execute("""
        with shop as (
            select
                "authorization" as id, order_id,
                sum(case
                    when kind in ('sale', 'capture') and status = 'success' then amount
                    when kind = 'refund' then -amount
                    else 0
                end) as net
            from shopify_transactions where gateway = 'stripe' group by all
        )
        select count(*), count(*) filter (
            shop.id is null
            or charges.id is null
            or shop.order_id::varchar <> charges.order_id
            or net * case currency when 'jpy' then 1 else 100 end
                <> amount_captured - amount_refunded
        )
        from shop full join charges on charges.id = shop.id
    """).fetchall()
    assert rows[0][0] > 500
    assert rows[0][1] == 0


def test_references_lead_somewhere(raw: duckdb.DuckDBPyConnection) -> None:
    for query in LEADING_NOWHERE:
        assert raw.execute(f"select count(*) {query}").fetchall() == [(0,)], query


def test_updates_and_late_records_come_as_later_files(
    raw: duckdb.DuckDBPyConnection, report: SampleReport
) -> None:
    again = dict(
        raw.execute("""
            select 'orders', count(*) - count(distinct id) from shopify_orders
            union all select 'customers', count(*) - count(distinct id) from shopify_customers
            union all select 'charges', count(*) - count(distinct id) from stripe_charges
            union all select 'deals', count(*) - count(distinct id) from hubspot_deals
            union all select 'contacts', count(*) - count(distinct id) from hubspot_contacts
            union all
            select 'meta', count(*) - count(distinct (campaign_id, date_start))
            from meta_ads_campaign_days
            union all
            select 'ads', count(*) - count(distinct (campaign_id, date))
            from google_ads_campaign_days
        """).fetchall()
    )
    assert all(count > 0 for count in again.values()), again
    arrivals = dict(
        raw.execute("select _arrival, max(received_at) from web_events group by 1").fetchall()
    )
    late = raw.execute("select _arrival, min(received_at) from web_events group by 1").fetchall()
    assert any(
        (arrivals[arrival] - first).days >= 1 for arrival, first in late[-10:]
    )  # yesterday's calls among today's


def test_history_holds_one_version_a_key(raw: duckdb.DuckDBPyConnection) -> None:
    for table, key in (
        ("shopify_orders", "id"),
        ("shopify_customers", "id"),
        ("shopify_checkouts", "id"),
        ("stripe_charges", "id"),
        ("hubspot_contacts", "id"),
        ("hubspot_deals", "id"),
        ("shopify_products", "id"),
        ("shopify_inventory_items", "id"),
        ("stripe_refunds", "id"),
        ("stripe_customers", "id"),
        ("web_events", "message_id"),
    ):
        twice = raw.execute(
            f"select count(*) from (select {key} from {table} group by {key},"
            " _file_id having count(*) > 1)"
        )
        assert twice.fetchall() == [(0,)], table
    assert raw.execute(
        "select count(*) from (select message_id from web_events group by message_id,"
        " _file_id having count(*) > 1)"
    ).fetchall() == [(0,)]


def test_visits_are_anonymous_before_the_login_and_carry_their_campaign(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    per_person = raw.execute("select count(*) from web_events").fetchall()[0][0] / CUSTOMERS
    assert 70 < per_person < 140
    calls = dict(raw.execute("select type, count(*) from web_events group by 1").fetchall())
    assert set(calls) == {"identify", "page", "track"}
    before = raw.execute("""
        select count(distinct e.anonymous_id) from web_events as e
        join (
            select anonymous_id, min("timestamp") as first_login
            from web_events where user_id is not null group by 1
        ) as known on known.anonymous_id = e.anonymous_id and e."timestamp" < first_login
    """).fetchall()[0][0]
    assert before > 100
    campaigns = {
        name
        for (name,) in raw.execute(
            "select distinct campaign_name from web_events where campaign_name is not null"
        ).fetchall()
    }
    for platform, source in (("google_ads", "google"), ("meta_ads", "facebook")):
        spent = {
            name
            for (name,) in raw.execute(
                f"select distinct campaign_name from {platform}_campaign_days"
            ).fetchall()
        }
        assert spent <= campaigns
        tagged = raw.execute(
            f"select distinct campaign_name from web_events where campaign_source = '{source}'"
        ).fetchall()
        assert {name for (name,) in tagged} & spent, platform
    assert raw.execute(
        "select count(*) from web_events where type = 'identify' and email is null"
    ).fetchall() == [(0,)]


def test_the_truth_names_the_person_of_every_record(
    home: Path, raw: duckdb.DuckDBPyConnection
) -> None:
    raw.execute(f"create view truth as select * from '{home}/truth/record_persons.parquet'")
    raw.execute(f"create view persons as select * from '{home}/truth/persons.parquet'")
    assert raw.execute("select count(*) - count(distinct record_id) from truth").fetchall() == [
        (0,)
    ]
    assert raw.execute("select count(*), count(distinct person_id) from persons").fetchall() == [
        (CUSTOMERS, CUSTOMERS)
    ]
    for query in (
        "select 'shopify_customers:' || id as record_id from shopify_customers",
        "select 'shopify_orders:' || id as record_id from shopify_orders",
        "select 'shopify_checkouts:' || id as record_id from shopify_checkouts",
        "select 'stripe_charges:' || id as record_id from stripe_charges",
        "select 'stripe_customers:' || id as record_id from stripe_customers",
        "select 'hubspot_contacts:' || id as record_id from hubspot_contacts",
        (
            "select 'web_logins:' || anonymous_id || ':' || user_id as record_id from web_events"
            " where user_id is not null"
        ),
    ):
        assert raw.execute(
            f"select count(*) from ({query}) anti join truth using (record_id)"
        ).fetchall() == [(0,)], query
    shared, devices = raw.execute("""
        select count(*) filter (truth.record_id is null), count(*)
        from (select distinct 'web_devices:' || anonymous_id as record_id from web_events)
        left join truth using (record_id)
    """).fetchall()[0]
    assert 0 < shared < devices / 20


def test_dirt_is_there_but_rare(home: Path, raw: duckdb.DuckDBPyConnection) -> None:
    """E-mail alone must miss true links, and join few people who are not one."""
    raw.execute(MAILS)
    spelled, plain = raw.execute(
        "select count(distinct email), count(distinct lower(trim(email))) from mails"
    ).fetchall()[0]
    assert spelled > plain
    of_person, of_mail = raw.execute(f"""
        select
            count(distinct person_id) filter (mails_of_person > 1) / count(distinct person_id),
            count(distinct email) filter (persons_of_mail > 1) / count(distinct email)
        from (
            select *, count(distinct email) over (partition by person_id) as mails_of_person,
                count(distinct person_id) over (partition by email) as persons_of_mail
            from (
                select person_id, lower(trim(email)) as email
                from mails
                join '{home}/truth/record_persons.parquet' using (record_id)
                where email is not null
            )
        )
    """).fetchall()[0]
    assert of_person > 0.05
    assert of_mail < 0.02
    numbers = raw.execute(
        "select distinct phone, country_code from mails"
        " where phone is not null and country_code is not null"
    ).fetchall()
    valid, styles = 0, set()
    for phone, country in numbers:
        styles.add((phone[0] == "+", " " in phone, "/" in phone, phone.startswith("00")))
        try:
            valid += phonenumbers.is_valid_number(phonenumbers.parse(phone, country))
        except phonenumbers.NumberParseException:
            assert phone in ("null", "0000")
    assert valid > 0.95 * len(numbers)
    assert len(styles) >= 5
    tests = raw.execute(
        "select count(*) from latest_customers"
        " where email in ('test@test.com', 'noreply@example.com')"
    ).fetchall()
    assert tests[0][0] >= 1

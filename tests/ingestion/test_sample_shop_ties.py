"""What persons of the sample shop share: mailboxes, numbers, devices, accounts;
and whom the truth names all the same."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import numpy as np
import phonenumbers
import pytest

from ingestion.samples.shop import make_sample
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import People, draw_people
from ingestion.samples.shop.purchases import Purchases, draw_purchases
from ingestion.samples.shop.ties import draw_ties

CUSTOMERS = 600
OFFICE = "info@office-1.example.com"
PLACEHOLDERS = ("none@example.com", "noemail@example.com", "noreply@example.com")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The extracts as delivered, one row an object, with the person that the truth names:
    orders, charges, accounts, logins."""
    home = tmp_path_factory.mktemp("ties")
    make_sample(home / "extracts", home / "truth", customers=CUSTOMERS, nights=0)

    def objects(files: str, **columns: str) -> str:
        return f"read_json('{home}/extracts/{files}', columns = {columns})"

    orders = objects(
        "shopify/orders-*.jsonl",
        **{
            "id": "bigint",
            "email": "text",
            "phone": "text",
            "customer": "json",
            "billing_address": "json",
        },
        **{"test": "boolean", "created_at": "timestamptz"},
    )
    charges = objects("stripe/charges-*.jsonl", id="text", metadata="json", billing_details="json")
    events = objects("web/events-*.jsonl.gz", anonymousId="text", userId="text")
    con = duckdb.connect()
    con.execute(f"create view truth as select * from '{home}/truth/record_persons.parquet'")
    con.execute(f"""
        create table orders as
        select
            id,
            lower(trim(email)) as email,
            phone,
            customer ->> 'id' as account,
            test,
            epoch_ms(created_at) as placed,
            billing_address ->> 'country_code' as country,
            (billing_address ->> 'first_name') || ' '
                || (billing_address ->> 'last_name') as name,
            person_id
        from {orders} join truth on record_id = 'shopify_orders:' || id
    """)
    con.execute(f"""
        create table charges as
        select
            (metadata ->> 'order_id')::bigint as order_id,
            billing_details ->> 'name' as name,
            person_id
        from {charges} join truth on record_id = 'stripe_charges:' || id
    """)
    con.execute(f"""
        create table accounts as
        select id::varchar as account, email, person_id
        from {objects("shopify/customers-*.jsonl", id="bigint", email="text")}
        left join truth on record_id = 'shopify_customers:' || id
    """)
    con.execute(f"""
        create table logins as
        select distinct "anonymousId" as device, "userId" as account, person_id
        from {events}
        left join truth on record_id = 'web_logins:' || "anonymousId" || ':' || "userId"
        where "userId" is not null
    """)
    return con


def one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single number that `query` yields."""
    return int(con.execute(query).fetchall()[0][0])


def test_families_and_an_office_use_one_mailbox(shop: duckdb.DuckDBPyConnection) -> None:
    users = dict(
        shop.execute("""
            select email, count(distinct person_id) from orders
            where email not like 'test@%' and email not like 'no%'
            group by 1 having count(distinct person_id) > 1
        """).fetchall()
    )
    assert users.pop(OFFICE) >= 15
    assert users
    assert all(email.startswith("familie.") and persons <= 3 for email, persons in users.items())
    placeholders = (
        f"select count(distinct person_id) from orders where email in {PLACEHOLDERS} and not test"
    )
    assert one(shop, placeholders) >= 2


def test_numbers_pass_from_one_person_to_a_stranger_or_are_a_households(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    spans: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, set[str]] = defaultdict(set)
    rows = shop.execute(
        "select phone, country, person_id, placed, name from orders"
        " where phone not in ('null', '0000')"
    ).fetchall()
    for phone, country, person, placed, name in rows:
        number = phonenumbers.format_number(
            phonenumbers.parse(phone, country), phonenumbers.PhoneNumberFormat.E164
        )
        spans[number][person].append(placed)
        names[number].add(name.split(" ")[-1])
    shared = {
        number: sorted((min(at), max(at)) for at in of.values())
        for number, of in spans.items()
        if len(of) > 1
    }
    one_after_the_other = {
        number
        for number, times in shared.items()
        if len(names[number]) > 1 and times[0][1] < times[1][0]
    }
    assert one_after_the_other
    assert len(shared) > len(one_after_the_other)
    assert len(shared) < len(spans) / 20


def test_the_test_account_and_the_device_in_the_store_have_many_users(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        one(
            shop,
            "select max(n) from (select count(distinct person_id) as n from orders"
            " where test group by account)",
        )
        == 3
    )
    assert (
        one(
            shop,
            "select count(*) from accounts where email in ('test@test.com', 'noreply@example.com')",
        )
        >= 1
    )
    assert (
        one(
            shop,
            "select max(n) from (select count(distinct account) as n from logins group by device)",
        )
        >= 15
    )
    shared = "select device from logins group by device having count(distinct person_id) > 1"
    assert (
        one(
            shop,
            f"select count(*) from truth join ({shared}) on record_id = 'web_devices:' || device",
        )
        == 0
    )


def test_every_record_of_a_shared_value_is_its_own_persons(shop: duckdb.DuckDBPyConnection) -> None:
    """The name on the order, the number in one's own address and the account all lead to the person
    that the truth names."""
    for query in (
        "select person_id from orders group by person_id having count(distinct name) > 1",
        "from accounts where person_id is null",
        "from logins where person_id is null",
        (
            "from orders join accounts using (account)"
            " where orders.person_id <> accounts.person_id and not test"
        ),
        """from logins join accounts using (account)
        where logins.person_id <> accounts.person_id
            and email not in ('test@test.com', 'noreply@example.com')""",
        (
            "from charges join orders on orders.id = order_id"
            " where charges.person_id <> orders.person_id or charges.name <> orders.name"
        ),
        r"""from orders
        where regexp_matches(email, '[a-z]\.?\d+@')
            and email not similar to '(familie|info).*'
            and lpad(regexp_extract(email, '(\d+)@', 1), 7, '0') <> substr(person_id, 8)""",
    ):
        assert (
            one(
                shop,
                f"select count(*) from ({query})"
                if query.startswith("select")
                else f"select count(*) {query}",
            )
            == 0
        ), query
    # The same holds where a mailbox is shared: its orders are told apart by name, and every name
    # is another person.
    shared = shop.execute("""
        select count(distinct name), count(distinct person_id) from orders
        where email like 'familie.%' or email like 'info@%' group by email
    """).fetchall()
    assert any(persons > 1 for _, persons in shared)
    assert all(names == persons for names, persons in shared)


def drawn(n: int, chunk: int = 0) -> tuple[People, Purchases]:
    strangers = draw_people(Parameters(), 7, chunk, chunk * n, n)
    purchases = draw_purchases(strangers, Parameters(), 7, chunk)
    return draw_ties(strangers, purchases, Parameters(), 7, chunk), purchases


@pytest.mark.parametrize("n", [600, 10_000])
def test_ties_are_rare_and_as_common_as_the_parameters_say(n: int) -> None:
    people, _ = drawn(n, chunk=1)
    parameters = Parameters()
    for chosen, share in (
        (people.family >= 0, parameters.family_mailboxes),
        (people.phone_taker >= 0, parameters.recycled_phones / 2),
        (
            (people.phone_owner != people.number) & (people.shared_device_of >= 0),
            parameters.household_phones / 2,
        ),
    ):
        assert abs(int(chosen.sum()) - share * n) <= max(2, 0.2 * share * n)
    members = np.flatnonzero(people.shared_device_of >= 0)
    heads = people.shared_device_of[members] - people.number[0]
    for alike in (people.country, people.home, people.family):
        assert (alike[members] == alike[heads]).all()
    same_name = (people.last_name[members] == people.last_name[heads]).mean()
    assert same_name > 0.7 or n < 10_000


def test_a_number_is_given_up_before_it_is_handed_out() -> None:
    people, purchases = drawn(10_000)
    first = purchases.sequence == 0
    placed = np.zeros(people.count, dtype=np.int64)
    placed[purchases.person[first]] = purchases.placed[first]
    givers = np.flatnonzero(people.phone_taker >= 0)
    takers = people.phone_taker[givers]
    assert (people.phone_owner[takers] == people.number[givers]).all()
    assert (people.country[takers] == people.country[givers]).all()
    assert (placed[takers] - placed[givers] > 60 * 86_400_000).all()


def test_a_tiny_shop_has_ties_of_nobody() -> None:
    people, _ = drawn(5)
    assert (
        (people.family == -1).all() and (people.kiosk == 0).all() and not people.uses_office.any()
    )

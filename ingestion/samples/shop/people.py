"""Who the people are: kind, country, name, mailboxes, telephone, devices,
and the rates by which each one buys.

Draws numbers only; texts are put together once, in the DuckDB table `people` (`people_table`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import NEVER
from ingestion.samples.shop.draw import Flags, Floats, Ints, chance, choose, stream, words
from ingestion.samples.shop.parameters import CHUNK, Parameters
from ingestion.samples.shop.words import (
    CAMPAIGNS,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    MAIL_DOMAINS,
    STREETS,
    ascii_slug,
)

KINDS = (
    "buyer",
    "newsletter_lead",
    "crm_lead",
    "account_lead",
    "anonymous_visitor",
    "test_account",
)
BUYER, NEWSLETTER_LEAD, CRM_LEAD, ACCOUNT_LEAD, ANONYMOUS_VISITOR, TEST_ACCOUNT = range(len(KINDS))
TEST_ACCOUNT_USERS = 3
# The British campaign is only shown to the British, and they see no other of the generic ones.
_NAMES = [campaign.name for campaign in CAMPAIGNS]
BRITISH_CAMPAIGN = np.array(
    [_NAMES.index("uk_launch") if name == "kitchen_generic" else i for i, name in enumerate(_NAMES)]
)
OTHER_CAMPAIGN = np.array(
    [_NAMES.index("kitchen_generic") if name == "uk_launch" else i for i, name in enumerate(_NAMES)]
)


@dataclass
class People:
    """One entry per person, in the order of their number."""

    number: Ints  # 0, 1, 2 … over all chunks
    kind: Ints
    country: Ints
    first_name: Ints
    last_name: Ints
    campaign: Ints  # of the first visit
    rate: Floats  # lambda: purchases a week while a customer; nan when never one
    dropout: Floats  # p: chance to leave after a purchase; nan when never one
    value: Floats  # expected order value in euro; nan when never one
    account_order: Ints  # position of the order at which the account is made; -1 = none
    has_second_email: Flags
    family: Ints  # number of the person whose family mailbox is used too; -1 = none
    uses_office: Flags  # orders with the mailbox of the office, as many strangers do
    # number of the person whose account and customer id are used: one's own, or a colleague's
    account_owner: Ints
    has_phone: Flags
    # number of the person whose telephone this is: one's own, the household's, or
    # a stranger's old one
    phone_owner: Ints
    phone_taker: Ints  # number of the stranger who gets the telephone number given up; -1 = kept
    shares_phone: Flags  # with the household, or one after the other; tells the number more often
    device_count: Ints
    shared_device_of: Ints  # number of the person whose first device is used too; -1 = none
    kiosk: Ints  # in-store device that many people log in on: -1, -2 or -3; 0 = none
    is_offline: Flags
    home: Ints  # 32 random bits for the address; alike in a household
    details: Ints  # 32 random bits for harmless choices: spelling of the mailbox, mail provider

    @property
    def count(self) -> int:
        """How many people."""
        return len(self.number)

    @property
    def digits(self) -> Ints:
        """Minor units of each person's currency."""
        return np.array([country.digits for country in COUNTRIES])[self.country]


def draw_people(parameters: Parameters, seed: int, chunk: int, first: int, n: int) -> People:
    """Draw persons number `first` to `first + n - 1`."""
    rng = stream(seed, chunk, "people")
    number = np.arange(first, first + n)
    kind = choose(
        rng,
        (
            parameters.buyers,
            parameters.newsletter_leads,
            parameters.crm_leads,
            parameters.account_leads,
            parameters.anonymous_visitors,
            parameters.test_accounts,
        ),
        n,
    )
    missing = TEST_ACCOUNT_USERS - int((kind == TEST_ACCOUNT).sum())
    if n >= 200 and missing > 0:
        kind[rng.permutation(np.flatnonzero(kind != TEST_ACCOUNT))[:missing]] = TEST_ACCOUNT
    buyer = kind == BUYER
    rate = rng.gamma(parameters.r, 1 / parameters.alpha, n)
    dropout = rng.beta(parameters.a, parameters.b, n)
    scale = rng.gamma(parameters.value_q, 1 / parameters.value_gamma, n)
    value = parameters.value_p / scale

    # Campaigns bring people of different worth; drawn after the worth, so that the whole shop stays
    # as the model says.
    worth = np.log(value / np.median(value)) + 0.5 * np.log(rate / np.median(rate))
    share = np.array([campaign.share for campaign in CAMPAIGNS])
    quality = np.array([campaign.quality for campaign in CAMPAIGNS])
    weight = share * np.exp(np.clip(worth, -2, 2)[:, None] * quality)
    edges = np.cumsum(weight, axis=1)
    campaign_index = (rng.random((n, 1)) * edges[:, -1:] > edges).sum(axis=1)

    country = choose(rng, [country.share for country in COUNTRIES], n)
    british = np.array([each.code == "GB" for each in COUNTRIES])[country]
    campaign_index = np.where(
        british, BRITISH_CAMPAIGN[campaign_index], OTHER_CAMPAIGN[campaign_index]
    )
    account_order = choose(
        rng,
        (
            parameters.account_at_first_order,
            parameters.account_at_second_order,
            1 - parameters.account_at_first_order - parameters.account_at_second_order,
        ),
        n,
    )
    account_order = np.where(account_order == 2, -1, account_order)
    account_order = np.where(
        (kind == ACCOUNT_LEAD) | (kind == TEST_ACCOUNT), 0, np.where(buyer, account_order, -1)
    )
    details = rng.integers(0, 2**31, n)
    return People(
        number=number,
        kind=kind,
        country=country,
        first_name=rng.integers(0, len(FIRST_NAMES), n),
        last_name=rng.integers(0, len(LAST_NAMES), n),
        campaign=campaign_index,
        rate=np.where(buyer, rate, np.nan),
        dropout=np.where(buyer, dropout, np.nan),
        value=np.where(buyer, value, np.nan),
        account_order=account_order,
        has_second_email=chance(rng, parameters.second_email, n),
        family=np.full(n, -1),
        uses_office=np.zeros(n, dtype=bool),
        account_owner=number.copy(),
        has_phone=chance(rng, parameters.phone_known, n),
        phone_owner=number.copy(),
        phone_taker=np.full(n, -1),
        shares_phone=np.zeros(n, dtype=bool),
        device_count=1 + choose(rng, (0.52, 0.35, 0.13), n),
        shared_device_of=np.full(n, -1),
        kiosk=np.zeros(n, dtype=np.int64),
        is_offline=chance(rng, parameters.offline_only, n) & buyer,
        home=details.copy(),
        details=details,
    )


def recycled_at(people: People, first_seen: Ints) -> Ints:
    """When each person's first telephone number passes to a stranger (UTC milliseconds):
    never, for most."""
    moment = np.full(people.count, NEVER)
    givers = np.flatnonzero(people.phone_taker >= 0)
    moment[givers] = first_seen[people.phone_taker[givers] - people.number[0]]
    return moment


PEOPLE_SQL = """
create or replace table people as
with spelled as (
    select
        *,
        'person-' || lpad(number::varchar, 7, '0') as person_id,
        7000000000000 + account_owner * 97 as customer_id,
        'cus_' || substr(md5($seed || ':customer:' || account_owner), 1, 14) as stripe_customer_id,
        case details % 5
            when 0 then first_slug || '.' || last_slug || number
            when 1 then substr(first_slug, 1, 1) || '.' || last_slug || number
            when 2 then first_slug || '_' || last_slug || number
            when 3 then last_slug || '.' || first_slug || number
            else first_slug || number
        end as mailbox,
        1000000 + (number * 7919) % 9000000 as phone_number,
        1000000 + ((number + 4500000) * 7919) % 9000000 as new_phone_number,
        1000000 + (phone_owner * 7919) % 9000000 as owned_phone_number
    from people_drawn
)
select
    *,
    case kind
        when 'test_account' then ['test@test.com', 'noreply@example.com'][1 + details % 2]
        else mailbox || '@' || domain
    end as email,
    case
        when family >= 0 then 'familie.' || family_slug || family || '@example.net'
        when has_second_email then last_slug || '.' || number || '@' || second_domain
    end as second_email,
    'info@office-' || (1 + number // $chunk) || '.example.com' as office_email,
    ['none@example.com', 'noemail@example.com', 'noreply@example.com'][1 + details % 3]
        as placeholder_email,
    replace(zip_pattern, '#', ((home // 7) % 10)::varchar) as zip,
    street || ' ' || (1 + (home // 13) % 140) as address,
    strftime(
        date '1940-01-01' + ((number * 7919 + details // 19) % 23000)::integer, '%Y-%m-%d'
    ) as birth_date
from spelled
order by number
"""


def people_table(
    con: duckdb.DuckDBPyConnection, people: People, seed: int, columns: dict[str, Ints]
) -> None:
    """Make DuckDB's `people`: one row per person with texts spelled out;
    `columns` adds times (UTC milliseconds)."""
    cities = [(index, city) for index, country in enumerate(COUNTRIES) for city in country.cities]
    first_city = np.searchsorted([index for index, _ in cities], np.arange(len(COUNTRIES)))
    per_country = np.array([len(country.cities) for country in COUNTRIES])[people.country]
    city = first_city[people.country] + (people.home // 3) % per_country
    domain = (people.details // 5) % len(MAIL_DOMAINS)
    family_head = np.where(
        people.family >= 0, people.family - people.number[0], np.arange(people.count)
    )
    slugs = [ascii_slug(name) for name in LAST_NAMES]
    drawn = pa.table(
        {
            "number": people.number,
            "kind": words(people.kind, KINDS),
            "country": words(people.country, [country.code for country in COUNTRIES]),
            "currency": words(people.country, [country.currency for country in COUNTRIES]),
            "digits": people.digits,
            "calling_code": words(people.country, [country.calling_code for country in COUNTRIES]),
            "trunk": words(people.country, [country.trunk for country in COUNTRIES]),
            "mobile_prefix": words(
                people.country, [country.mobile_prefix for country in COUNTRIES]
            ),
            "first_name": words(people.first_name, FIRST_NAMES),
            "last_name": words(people.last_name, LAST_NAMES),
            "first_slug": words(people.first_name, [ascii_slug(name) for name in FIRST_NAMES]),
            "last_slug": words(people.last_name, slugs),
            "family_slug": words(people.last_name[family_head], slugs),
            "city": words(city, [city[0] for _, city in cities]),
            "zip_pattern": words(city, [city[1] for _, city in cities]),
            "street": words((people.home // 11) % len(STREETS), STREETS),
            "domain": words(domain, MAIL_DOMAINS),
            "second_domain": words((domain + 3) % len(MAIL_DOMAINS), MAIL_DOMAINS),
            "channel": words(people.campaign, [campaign.channel for campaign in CAMPAIGNS]),
            "campaign": words(people.campaign, [campaign.name for campaign in CAMPAIGNS]),
            "rate": people.rate,
            "dropout": people.dropout,
            "value": people.value,
            "family": people.family,
            "account_owner": people.account_owner,
            "has_second_email": people.has_second_email,
            "has_phone": people.has_phone,
            "phone_owner": people.phone_owner,
            "home": people.home,
            "details": people.details,
            **columns,
        }
    )
    con.register("people_drawn", drawn)
    con.execute(PEOPLE_SQL, {"seed": str(seed), "chunk": CHUNK})
    con.unregister("people_drawn")

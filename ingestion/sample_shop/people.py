"""Who the people are: kind, country, name, mailboxes, telephone, devices, and the rates by which each one buys.

Draws numbers only; texts are put together once, in the DuckDB table `people` (`people_table`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.sample_shop.days import NEVER
from ingestion.sample_shop.draw import Flags, Floats, Ints, chance, choose, stream, words
from ingestion.sample_shop.parameters import Parameters
from ingestion.sample_shop.words import (
    CAMPAIGNS,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    MAIL_DOMAINS,
    STREETS,
    ascii_slug,
)

KINDS = ("buyer", "newsletter_lead", "crm_lead", "account_lead", "anonymous_visitor", "test_account")
BUYER, NEWSLETTER_LEAD, CRM_LEAD, ACCOUNT_LEAD, ANONYMOUS_VISITOR, TEST_ACCOUNT = range(len(KINDS))
KIOSKS = 3  # in-store devices that many people log in on; their device keys are -1, -2, -3
# The British campaign is only shown to the British, and they see no other of the generic ones.
_NAMES = [campaign.name for campaign in CAMPAIGNS]
BRITISH_CAMPAIGN = np.array([_NAMES.index("uk_launch") if name == "kitchen_generic" else i for i, name in enumerate(_NAMES)])
OTHER_CAMPAIGN = np.array([_NAMES.index("kitchen_generic") if name == "uk_launch" else i for i, name in enumerate(_NAMES)])


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
    has_phone: Flags
    phone_owner: Ints  # whose number this is: own, or the neighbour's old one
    leaves_phone: Flags  # gives the number up when the neighbour appears
    device_count: Ints
    shared_device_of: Ints  # neighbour whose first device is used too; -1 = none
    uses_kiosk: Flags
    is_offline: Flags
    details: Ints  # 32 random bits for harmless choices: street, house, spelling of the mailbox

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
    buyer = kind == BUYER
    rate = rng.gamma(parameters.r, 1 / parameters.alpha, n)
    dropout = rng.beta(parameters.a, parameters.b, n)
    scale = rng.gamma(parameters.value_q, 1 / parameters.value_gamma, n)
    value = parameters.value_p / scale

    # Campaigns bring people of different worth; drawn after the worth, so that the whole shop stays as the model says.
    worth = np.log(value / np.median(value)) + 0.5 * np.log(rate / np.median(rate))
    share = np.array([campaign.share for campaign in CAMPAIGNS])
    quality = np.array([campaign.quality for campaign in CAMPAIGNS])
    weight = share * np.exp(np.clip(worth, -2, 2)[:, None] * quality)
    edges = np.cumsum(weight, axis=1)
    campaign_index = (rng.random((n, 1)) * edges[:, -1:] > edges).sum(axis=1)

    country = choose(rng, [country.share for country in COUNTRIES], n)
    british = np.array([each.code == "GB" for each in COUNTRIES])[country]
    campaign_index = np.where(british, BRITISH_CAMPAIGN[campaign_index], OTHER_CAMPAIGN[campaign_index])
    last_name = rng.integers(0, len(LAST_NAMES), n)
    left = np.arange(0, n - 1, 2)  # neighbouring pairs: left, left + 1
    household = left[chance(rng, parameters.households, len(left)) & (kind[left + 1] != TEST_ACCOUNT)]
    country[household + 1] = country[household]
    last_name[household + 1] = last_name[household]
    shared_device_of = np.full(n, -1)
    shared_device_of[household + 1] = number[household]
    family = np.full(n, -1)
    families = household[chance(rng, parameters.family_mailboxes, len(household))]
    family[families] = family[families + 1] = number[families]

    recycled = left[chance(rng, parameters.recycled_phones, len(left)) & (shared_device_of[left + 1] < 0)]
    country[recycled + 1] = country[recycled]
    phone_owner = number.copy()
    phone_owner[recycled + 1] = number[recycled]
    has_phone = chance(rng, parameters.phone_known, n)
    has_phone[recycled] = has_phone[recycled + 1] = True
    leaves_phone = np.zeros(n, dtype=bool)
    leaves_phone[recycled] = True

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
    account_order = np.where((kind == ACCOUNT_LEAD) | (kind == TEST_ACCOUNT), 0, np.where(buyer, account_order, -1))
    return People(
        number=number,
        kind=kind,
        country=country,
        first_name=rng.integers(0, len(FIRST_NAMES), n),
        last_name=last_name,
        campaign=campaign_index,
        rate=np.where(buyer, rate, np.nan),
        dropout=np.where(buyer, dropout, np.nan),
        value=np.where(buyer, value, np.nan),
        account_order=account_order,
        has_second_email=chance(rng, parameters.second_email, n),
        family=family,
        has_phone=has_phone,
        phone_owner=phone_owner,
        leaves_phone=leaves_phone,
        device_count=1 + choose(rng, (0.52, 0.35, 0.13), n),
        shared_device_of=shared_device_of,
        uses_kiosk=chance(rng, parameters.kiosk_users, n),
        is_offline=chance(rng, parameters.offline_only, n) & buyer,
        details=rng.integers(0, 2**31, n),
    )


def recycled_at(people: People, first_seen: Ints) -> Ints:
    """When each person's first telephone number passes to the neighbour (UTC milliseconds): never, for most."""
    moment = np.full(people.count, NEVER)
    givers = np.flatnonzero(people.leaves_phone)
    moment[givers] = first_seen[givers + 1]
    return moment


PEOPLE_SQL = """
create or replace table people as
with spelled as (
    select
        *,
        'person-' || lpad(number::varchar, 7, '0') as person_id,
        7000000000000 + number * 97 as customer_id,
        'cus_' || substr(md5($seed || ':customer:' || number), 1, 14) as stripe_customer_id,
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
        when family >= 0 then 'familie.' || last_slug || family || '@example.net'
        when has_second_email then last_slug || '.' || number || '@' || second_domain
    end as second_email,
    replace(zip_pattern, '#', ((details // 7) % 10)::varchar) as zip,
    street || ' ' || (1 + (details // 13) % 140) as address
from spelled
order by number
"""


def people_table(con: duckdb.DuckDBPyConnection, people: People, seed: int, columns: dict[str, Ints]) -> None:
    """Make DuckDB's `people`: one row per person with texts spelled out; `columns` adds times (UTC milliseconds)."""
    cities = [(index, city) for index, country in enumerate(COUNTRIES) for city in country.cities]
    first_city = np.searchsorted([index for index, _ in cities], np.arange(len(COUNTRIES)))
    per_country = np.array([len(country.cities) for country in COUNTRIES])[people.country]
    city = first_city[people.country] + (people.details // 3) % per_country
    domain = (people.details // 5) % len(MAIL_DOMAINS)
    drawn = pa.table(
        {
            "number": people.number,
            "kind": words(people.kind, KINDS),
            "country": words(people.country, [country.code for country in COUNTRIES]),
            "currency": words(people.country, [country.currency for country in COUNTRIES]),
            "digits": people.digits,
            "calling_code": words(people.country, [country.calling_code for country in COUNTRIES]),
            "trunk": words(people.country, [country.trunk for country in COUNTRIES]),
            "mobile_prefix": words(people.country, [country.mobile_prefix for country in COUNTRIES]),
            "first_name": words(people.first_name, FIRST_NAMES),
            "last_name": words(people.last_name, LAST_NAMES),
            "first_slug": words(people.first_name, [ascii_slug(name) for name in FIRST_NAMES]),
            "last_slug": words(people.last_name, [ascii_slug(name) for name in LAST_NAMES]),
            "city": words(city, [city[0] for _, city in cities]),
            "zip_pattern": words(city, [city[1] for _, city in cities]),
            "street": words((people.details // 11) % len(STREETS), STREETS),
            "domain": words(domain, MAIL_DOMAINS),
            "second_domain": words((domain + 3) % len(MAIL_DOMAINS), MAIL_DOMAINS),
            "channel": words(people.campaign, [campaign.channel for campaign in CAMPAIGNS]),
            "campaign": words(people.campaign, [campaign.name for campaign in CAMPAIGNS]),
            "rate": people.rate,
            "dropout": people.dropout,
            "value": people.value,
            "family": people.family,
            "has_second_email": people.has_second_email,
            "has_phone": people.has_phone,
            "phone_owner": people.phone_owner,
            "details": people.details,
            **columns,
        }
    )
    con.register("people_drawn", drawn)
    con.execute(PEOPLE_SQL, {"seed": str(seed)})
    con.unregister("people_drawn")

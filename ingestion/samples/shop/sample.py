"""Makes the sample: draws the shop chunk by chunk and hands every table to the landing zone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop import days
from ingestion.samples.shop.ads import AdCounts, land_ads
from ingestion.samples.shop.carts import cart_table, draw_carts
from ingestion.samples.shop.consents import consent_table, land_consents
from ingestion.samples.shop.contacts import contact_table, land_contacts
from ingestion.samples.shop.deals import deal_table, land_deals
from ingestion.samples.shop.disputes import dispute_table, land_disputes
from ingestion.samples.shop.draw import Ints, lateness, stream, words
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.mailings import land_mailings, land_metrics, mailing_tables
from ingestion.samples.shop.order_tables import order_tables
from ingestion.samples.shop.orders import draw_orders
from ingestion.samples.shop.parameters import CHUNK, DAYS, END, Parameters
from ingestion.samples.shop.payment_files import land_payments
from ingestion.samples.shop.people import People, draw_people, people_table, recycled_at
from ingestion.samples.shop.privacy import land_requests, request_table
from ingestion.samples.shop.products import land_products
from ingestion.samples.shop.purchases import Lives, draw_lives, draw_purchases
from ingestion.samples.shop.rates import FIRST_PUBLISHED, Rates
from ingestion.samples.shop.sales_crm import land_sales, sales_tables
from ingestion.samples.shop.shop_files import land_shop
from ingestion.samples.shop.support import land_support, support_tables
from ingestion.samples.shop.texts import phone_styles, text_macros
from ingestion.samples.shop.ties import draw_ties
from ingestion.samples.shop.truth import TruthWriter
from ingestion.samples.shop.visits import draw_visits, expand, order_campaigns
from ingestion.samples.shop.web_files import land_web, landing_query, visit_table
from ingestion.samples.shop.words import CAMPAIGNS, COUNTRIES


@dataclass(frozen=True)
class SampleReport:
    """What `make_sample` wrote: files (without manifests), rows per `<source>.<table>`, persons,
    the last day landed."""

    files: tuple[Path, ...]
    rows: dict[str, int]
    persons: int
    last_business_date: date


def make_sample(
    extracts: Path,
    truth: Path,
    *,
    customers: int = 2000,
    seed: int = 7,
    nights: int = 10,
    until: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> SampleReport:
    """Write the sample shop's extracts and its truth.

    customers: persons, buyers or not; nights: how many of the last days are delivered one by one,
    after one delivery of all history; until: land only files of this business date or earlier (the
    same bytes as a full run writes).
    The same seed, size and nights give the same bytes. Raises ValueError when
    a number is out of range.
    """
    if customers < 1 or not 0 <= nights < DAYS:
        raise ValueError(
            f"sample shop: customers={customers}, nights={nights} are out of range;"
            f" use at least 1 customer and 0 to {DAYS - 1} nights"
        )
    last = min(until or END, END)
    first = days.date_of(DAYS - 1 - nights)
    if last < first:
        raise ValueError(
            f"sample shop: until={last.isoformat()} lies before the history delivery "
            f"of {first.isoformat()}, so no file would land; name a later day or more nights"
        )
    parameters = Parameters()
    rates = Rates(seed)
    counts = AdCounts()
    with (
        TruthWriter(truth) as answers,
        tempfile.TemporaryDirectory(dir=truth, prefix=".spool-") as spool,
    ):
        landing = Landing(extracts, Path(spool), nights, last)
        chunks = range((customers + CHUNK - 1) // CHUNK)
        orders_before = 0
        con = _connect(Path(spool))
        for chunk in chunks:
            size = min(CHUNK, customers - chunk * CHUNK)
            orders_before += _make_chunk(
                con, landing, answers, counts, rates, parameters, seed, chunk, size, orders_before
            )
            if progress:
                progress(f"sample shop: {chunk * CHUNK + size} of {customers} persons drawn")
        land_products(con, landing, seed)
        land_metrics(con, landing)
        con.close()
        landing.finish()
        land_ads(landing, counts, seed)
        _land_rates(landing, rates)
        answers.parameters(parameters, customers, seed, nights)
    return SampleReport(
        tuple(sorted(landing.files)), dict(sorted(landing.rows.items())), customers, last
    )


def _connect(spool: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(
        config={"preserve_insertion_order": True, "temp_directory": str(spool / "duckdb")}
    )
    con.execute("set enable_progress_bar = false")
    for macro in (*days.macros(), *text_macros()):
        con.execute(macro)
    return con


def _make_chunk(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    answers: TruthWriter,
    counts: AdCounts,
    rates: Rates,
    parameters: Parameters,
    seed: int,
    chunk: int,
    size: int,
    orders_before: int,
) -> int:
    """Draw and deliver one chunk of persons; returns how many orders they placed."""
    first_person = chunk * CHUNK
    strangers = draw_people(parameters, seed, chunk, first_person, size)
    purchases = draw_purchases(strangers, parameters, seed, chunk)
    people = draw_ties(strangers, purchases, parameters, seed, chunk)
    lives = draw_lives(people, purchases, seed, chunk)
    by_country = rates.table([country.currency for country in COUNTRIES])
    orders = draw_orders(people, lives, purchases, by_country, parameters, seed, chunk)
    carts = draw_carts(people, lives, by_country, parameters, seed, chunk)
    visits = draw_visits(people, lives, orders, carts, parameters, seed, chunk)
    counts.add(visits, people)

    part = f"{chunk + 1:04d}"
    people_table(con, people, seed, _person_columns(people, lives, parameters, seed, chunk))
    campaign = order_campaigns(visits, orders)
    order_tables(con, orders, _order_sources(campaign), orders_before, seed)
    cart_table(con, carts, seed, first_person)
    land_shop(con, landing, part)
    land_payments(con, landing, part)
    dispute_table(con, orders, seed, chunk)
    land_disputes(con, landing, part)
    contact_table(con, people, lives, parameters, seed, chunk)
    land_contacts(con, landing, part)
    deal_table(con, people, parameters, seed, chunk)
    land_deals(con, landing, part)
    sales_tables(con, people, lives, parameters, seed, chunk)
    land_sales(con, landing, part)
    support_tables(con, people, lives, orders, parameters, seed, chunk)
    land_support(con, landing, part)
    mailing_tables(con, people, lives, parameters, seed, chunk)
    land_mailings(con, landing, part)
    request_table(con, people, lives, parameters, seed, chunk)
    land_requests(con, landing, seed, part)
    consent_table(con, people, lives, parameters, seed, chunk)
    land_consents(con, landing, seed, part)
    visit_table(con, visits, people, seed)
    land_web(con, landing, expand(visits, orders, lives, parameters, seed, chunk), seed, chunk)
    answers.add(con)
    return len(orders.placed)


def _person_columns(
    people: People, lives: Lives, parameters: Parameters, seed: int, chunk: int
) -> dict[str, Ints]:
    """Times and spellings of each person's account."""
    rng = stream(seed, chunk, "accounts")
    payers = stream(seed, chunk, "stripe_customers")
    n = people.count
    changes = lives.account_at + ((2 + rng.exponential(120, n)) * days.DAY).astype(np.int64)
    return {
        "recycled_at": recycled_at(people, lives.first_touch),
        "account_at": lives.account_at,
        "account_changed_at": np.where(
            (lives.account_at < days.NEVER) & (rng.random(n) < 0.3), changes, days.NEVER
        ),
        "account_late": lateness(rng, parameters.late_records, n),
        "account_phone_style": phone_styles(
            rng, parameters, people.has_phone & (rng.random(n) < 0.45)
        ),
        "payer_phone_style": phone_styles(
            payers, parameters, people.has_phone & (payers.random(n) < parameters.payer_phones)
        ),
        "payer_late": lateness(payers, parameters.late_records, n),
        "first_purchase": lives.first_purchase,
        "orders_count": lives.orders,
    }


def _order_sources(campaign: Ints) -> dict[str, pa.Array]:
    """Landing page and referring site of each order's visit; none for orders in the store."""
    landing: list[str | None] = ["/" + landing_query(index) for index in range(len(CAMPAIGNS))]
    referrer: list[str | None] = [each.referrer for each in CAMPAIGNS]
    index = np.where(campaign < 0, len(CAMPAIGNS), campaign)
    return {
        "landing_site": words(index, [*landing, None]),
        "referring_site": words(index, [*referrer, None]),
    }


def _land_rates(landing: Landing, rates: Rates) -> None:
    """The bank's history, then one line a working day."""
    for day in range(landing.history_day, DAYS):
        begin = FIRST_PUBLISHED if day == landing.history_day else days.date_of(day)
        content, rows = rates.csv(begin, days.date_of(day))
        if rows:
            landing.land_bytes("ecb.rates", day, content, rows)

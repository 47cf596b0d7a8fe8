"""The consent tool's file: who allowed what by sign-up, order or form, and who took it back."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import DAY, NEVER
from ingestion.samples.shop.draw import chance, choose, lateness, stream, words
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import (
    ANONYMOUS_VISITOR,
    BUYER,
    NEWSLETTER_LEAD,
    TEST_ACCOUNT,
    People,
)
from ingestion.samples.shop.purchases import Lives

# (contact point, channel, purpose, share asked of buyers, of newsletter leads, of other
# leads, share granted)
QUESTIONS = (
    ("email", "email", "marketing", 0.85, 1.0, 0.6, 0.80),
    ("email", "email", "service", 1.0, 0.0, 0.3, 1.00),
    ("phone", "sms", "marketing", 0.25, 0.05, 0.1, 0.55),
    ("email", "ads", "marketing", 0.45, 0.2, 0.2, 0.60),
    ("phone", "sms", "service", 0.35, 0.0, 0.1, 1.00),
)


def consent_table(
    con: duckdb.DuckDBPyConnection,
    people: People,
    lives: Lives,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> None:
    """Make DuckDB's `consents`: one row per decision."""
    rng = stream(seed, chunk, "consents")
    n = people.count
    parts = []
    as_guest = np.where(
        lives.first_purchase < NEVER, lives.first_purchase, lives.first_touch + DAY // 8
    )
    asked_at = np.where(lives.account_at < NEVER, lives.account_at, as_guest) + 30_000
    for index, (point, _, _, of_buyers, of_newsletter, of_others, granted) in enumerate(QUESTIONS):
        share = np.where(
            people.kind == BUYER,
            of_buyers,
            np.where(people.kind == NEWSLETTER_LEAD, of_newsletter, of_others),
        )
        share = np.where(
            (people.kind == ANONYMOUS_VISITOR) | (people.kind == TEST_ACCOUNT), 0.0, share
        )
        person = np.flatnonzero(chance(rng, share, n) & (people.has_phone | (point == "email")))
        m = len(person)
        grants = chance(rng, granted, m)
        withdraws = grants & chance(rng, 0.13 if granted < 1 else 0.01, m)
        again = withdraws & chance(rng, 0.12, m)
        first = asked_at[person] + index * 1000
        second = first + ((2 + rng.exponential(150, m)) * DAY).astype(np.int64)
        third = second + ((2 + rng.exponential(60, m)) * DAY).astype(np.int64)
        style = choose(rng, (0.5, 0.2, 0.3), m)
        for step, (chosen, moment, state) in enumerate(
            (
                (np.ones(m, dtype=bool), first, grants),
                (withdraws, second, ~grants),
                (again, third, grants),
            )
        ):
            parts.append(
                pa.table(
                    {
                        "person": people.number[person[chosen]],
                        "question": np.full(int(chosen.sum()), index),
                        "step": np.full(int(chosen.sum()), step),
                        "granted": state[chosen],
                        "moment": moment[chosen],
                        "style": style[chosen],
                        "late": lateness(rng, parameters.late_records, int(chosen.sum())),
                    }
                )
            )
    drawn = pa.concat_tables(parts)
    question = drawn["question"].to_numpy()
    for column, name in enumerate(("point", "consent_channel", "purpose")):
        drawn = drawn.append_column(name, words(question, [str(row[column]) for row in QUESTIONS]))
    con.register("consents_drawn", drawn)
    con.execute(
        "create or replace table consents as select * from consents_drawn"
        " order by person, question, step"
    )
    con.unregister("consents_drawn")


def _records(history_day: int, seed: int) -> str:
    return f"""
        select delivered(moment, late) as day, to_json({{
            'record_id': 'cr_' || substr(
                md5('{seed}:consent:' || person || ':' || question || ':' || step), 1, 20
            ),
            'contact_point_type': point,
            'contact_point': case point
                when 'email' then email_text(email, case style when 2 then 3 else 0 end)
                else phone_text(
                    country, calling_code, trunk, mobile_prefix,
                    case
                        when moment < recycled_at then owned_phone_number
                        else new_phone_number
                    end,
                    style
                )
            end,
            'channel': consent_channel,
            'purpose': purpose,
            'state': case when granted then 'granted' else 'withdrawn' end,
            'legal_basis': case purpose when 'service' then 'contract' else 'consent' end,
            'collected_by': case
                when step > 0 then 'preference centre'
                when account_at < {NEVER} then 'sign-up form'
                else 'checkout'
            end,
            'evidence': {{
                'form': 'f-' || question,
                'version': 1 + step,
                'double_opt_in': granted and point = 'email'
            }},
            'recorded_at': utc_time(moment)
        }})::varchar || chr(10) as line
        from consents join people on people.number = consents.person
        where delivered(moment, late) is not null
        order by greatest(day, {history_day}), moment, person, question, step
    """


def land_consents(con: duckdb.DuckDBPyConnection, landing: Landing, seed: int, part: str) -> None:
    """Deliver the chunk's consent decisions."""
    landing.land(con, "consent.records", _records(landing.history_day, seed), part=part)

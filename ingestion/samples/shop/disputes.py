"""Disputes at the payment provider: cardholders take their money back, the shop answers or not,
and wins or loses."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import DAY, NEVER
from ingestion.samples.shop.draw import stream
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.orders import Orders
from ingestion.samples.shop.shop_files import latest_per_delivery

WON, LOST, UNANSWERED = range(3)
ANSWER_DAYS = 18  # until the provider's deadline
REASONS = ("fraudulent", "product_not_received", "product_unacceptable", "unrecognized")


def dispute_table(con: duckdb.DuckDBPyConnection, orders: Orders, seed: int, chunk: int) -> None:
    """Make DuckDB's `disputes`: how the dispute of each disputed order goes on;
    times after the calendar do not come."""
    rng = stream(seed, chunk, "disputes")
    order = np.flatnonzero(orders.columns["disputed_at"] < NEVER)
    n = len(order)
    course = (
        np.arange(n) + rng.integers(0, 3)
    ) % 3  # every course in turn: even a small shop has each
    opened = orders.columns["disputed_at"][order]
    due = opened + ANSWER_DAYS * DAY
    answered = np.where(
        course == UNANSWERED,
        NEVER,
        opened + (rng.uniform(2, ANSWER_DAYS - 2, n) * DAY).astype(np.int64),
    )
    decided = np.where(
        course == UNANSWERED, due, answered + (rng.uniform(15, 60, n) * DAY).astype(np.int64)
    )
    drawn = pa.table(
        {
            "order_index": order,
            "is_won": course == WON,
            "due": due,
            "answered": answered,
            "decided": decided,
            "reason": pa.array(
                [REASONS[index] for index in rng.integers(0, len(REASONS), n)], pa.string()
            ),
        }
    )
    con.register("disputes_drawn", drawn)
    con.execute("create or replace table disputes as from disputes_drawn")
    con.unregister("disputes_drawn")


# What the provider takes for a dispute, in minor units; it keeps it whoever wins.
FEE = "case digits when 0 then 2000 else 1500 end"
MOVEMENT = """{{
    'id': 'txn_' || substr(md5(charge_id || ':{kind}'), 1, 24),
    'object': 'balance_transaction',
    'type': 'adjustment',
    'reporting_category': '{kind}',
    'amount': {amount},
    'fee': {fee},
    'net': {amount} - {fee},
    'currency': lower(currency),
    'created': {moment} // 1000
}}"""


def _disputes(history_day: int) -> str:
    versions = f"""
        select *, delivered(version, stripe_late) as day from (
            select order_index, disputed_at as version, 'needs_response' as status
            from orders where disputed_at < {NEVER}
            union all
            select order_index, answered, 'under_review' from disputes where answered < {NEVER}
            union all
            select order_index, decided, case when is_won then 'won' else 'lost' end from disputes
        ) join (select order_index, stripe_late from orders) using (order_index)
    """
    taken = MOVEMENT.format(kind="dispute", amount="-by_gateway", fee=FEE, moment="disputed_at")
    given_back = MOVEMENT.format(
        kind="dispute_reversal", amount="by_gateway", fee="0", moment="decided"
    )
    return f"""
        select day, to_json({{
            'id': 'dp_' || substr(md5(charge_id || ':dispute'), 1, 24),
            'charge': charge_id,
            'payment_intent': 'pi_' || substr(charge_id, 4),
            'amount': by_gateway,
            'currency': lower(currency),
            'status': status,
            'reason': reason,
            'is_charge_refundable': false,
            'livemode': true,
            'balance_transactions': case
                when status = 'won' then [{taken}, {given_back}] else [{taken}]
            end,
            'evidence_details': {{
                'due_by': due // 1000,
                'has_evidence': version >= answered,
                'past_due': version >= due and answered > due,
                'submission_count': case when version >= answered then 1 else 0 end
            }},
            'created': disputed_at // 1000
        }})::varchar || chr(10) as line, by_gateway::hugeint as amount
        from ({latest_per_delivery(versions, "order_index", history_day)})
        join disputes using (order_index)
        join orders using (order_index)
        order by greatest(day, {history_day}), version, charge_id
    """


def land_disputes(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's disputes; needs DuckDB's orders and disputes."""
    landing.land(
        con, "stripe.disputes", _disputes(landing.history_day), part=part, total_column="amount"
    )

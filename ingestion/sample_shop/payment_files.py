"""The payment provider's file: Stripe charges, every version of one in the order of its arrival."""

from __future__ import annotations

import duckdb

from ingestion.sample_shop.days import NEVER
from ingestion.sample_shop.landing import Landing
from ingestion.sample_shop.shop_files import latest_per_delivery


def _charges(history_day: int) -> str:
    versions = f"""
        select *, delivered(version, stripe_late) as day from (
            select order_index, charge_id, 'succeeded' as status, moves.moment as version,
                case when is_settled and not is_void then by_gateway else 0 end as captured, refunded, false as disputed,
                placed as created
            from moves join orders using (order_index) where gateway = 'stripe'
            union all
            select order_index, charge_id, 'succeeded', disputed_at, by_gateway, 0, true, placed
            from orders where disputed_at < {NEVER}
            union all
            select order_index, charge_id || 'f', 'failed', placed - 90000, 0, 0, false, placed - 90000
            from orders where failed_first
        ) join (select order_index, stripe_late from orders) using (order_index)
    """
    return f"""
        select day, to_json({{
            'id': versions.charge_id,
            'amount': by_gateway,
            'amount_captured': captured,
            'amount_refunded': refunded,
            'currency': lower(currency),
            'status': status,
            'captured': captured > 0,
            'disputed': disputed,
            'livemode': not is_test,
            'customer': case when is_logged then stripe_customer_id end,
            'payment_intent': 'pi_' || substr(versions.charge_id, 4),
            'receipt_email': case when details % 3 > 0 then given_email end,
            'billing_details': {{
                'email': email_text(given_email, card_email_dirt),
                'name': case when is_pos then null else first_name || ' ' || last_name end,
                'phone': phone_text(country, calling_code, trunk, mobile_prefix,
                    case when card_phone_style >= 0 then given_phone end, card_phone_style),
                'address': {{'country': country}}
            }},
            'metadata': {{'order_id': order_id::varchar}},
            'created': created // 1000
        }})::varchar || chr(10) as line, by_gateway::hugeint as amount
        from ({latest_per_delivery(versions, "charge_id", history_day)}) as versions
        join orders using (order_index)
        order by greatest(day, {history_day}), version, versions.charge_id
    """


def land_payments(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's charges; needs DuckDB's orders and moves."""
    landing.land(con, "stripe.charges", _charges(landing.history_day), part=part, total_column="amount")

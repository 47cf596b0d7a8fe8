"""The payment provider's files: Stripe charges, refunds and customers,
every version of one in the order of its arrival."""

from __future__ import annotations

import duckdb

from ingestion.samples.shop.days import DAY, NEVER
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.shop_files import latest_per_delivery


def _charges(history_day: int) -> str:
    versions = f"""
        select *, delivered(version, stripe_late) as day from (
            select
                order_index,
                charge_id,
                'succeeded' as status,
                moves.moment as version,
                case when is_settled and not is_void then by_gateway else 0 end as captured,
                refunded,
                false as disputed,
                placed as created
            from moves join orders using (order_index) where gateway = 'stripe'
            union all
            select order_index, charge_id, 'succeeded', disputed_at, by_gateway, 0, true, placed
            from orders where disputed_at < {NEVER}
            union all
            select
                order_index, charge_id || 'f', 'failed', placed - 90000, 0, 0, false,
                placed - 90000
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


# An account holder becomes a customer of the provider with the first card that is charged.
CUSTOMERS_SQL = """
create or replace table stripe_customers as
select
    stripe_customer_id as id,
    account_owner as number,
    min(placed) - 2000 as created,
    bool_or(not is_test) as is_live
from orders where gateway = 'stripe' and is_logged
group by stripe_customer_id, account_owner
order by id
"""


def _customers(history_day: int) -> str:
    versions = f"""
        select *, delivered(version, payer_late) as day from (
            select id, created as version from stripe_customers
            union all
            select id, account_changed_at from stripe_customers join people using (number)
            where account_changed_at < {NEVER} and account_changed_at > created
        )
        join stripe_customers using (id)
        join (select number, payer_late from people) using (number)
    """
    return f"""
        select day, to_json({{
            'id': id,
            'email': email,
            'name': first_name || ' ' || last_name,
            'phone': phone_text(
                country, calling_code, trunk, mobile_prefix,
                case when payer_phone_style >= 0 then
                    case
                        when version < recycled_at then owned_phone_number
                        else new_phone_number
                    end
                end,
                payer_phone_style
            ),
            'address': case when version >= account_changed_at then
                {{'city': city, 'country': country, 'line1': address, 'postal_code': zip}}
            else {{'city': null, 'country': country, 'line1': null, 'postal_code': null}} end,
            'currency': lower(currency),
            'delinquent': false,
            'livemode': is_live,
            'metadata': {{'shop_customer_id': customer_id::varchar}},
            'created': created // 1000
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "id", history_day)}) join people using (number)
        order by greatest(day, {history_day}), version, id
    """


def _refunds(history_day: int) -> str:
    # A bank that takes its time: the refund is on its way before it has arrived; the charge counts
    # it from the start.
    versions = f"""
        select *, delivered(version, stripe_late) as day from (
            select
                id,
                moment as version,
                case when id % 12 = 0 then 'pending' else 'succeeded' end as status
            from transactions where kind = 'refund' and gateway = 'stripe'
            union all
            select id, moment + {3 * DAY}, 'succeeded' from transactions
            where kind = 'refund' and gateway = 'stripe' and id % 12 = 0
        )
        join (
            select id, order_index, amount, reference, moment, currency from transactions
        ) using (id)
        join (select order_index, stripe_late from orders) using (order_index)
    """
    return f"""
        select day, to_json({{
            'id': 're_' || substr(md5(reference || ':' || id), 1, 24),
            'charge': reference,
            'payment_intent': 'pi_' || substr(reference, 4),
            'amount': amount,
            'currency': lower(currency),
            'status': status,
            'reason': case when id % 3 > 0 then 'requested_by_customer' end,
            'balance_transaction': 'txn_' || substr(md5(reference || ':' || id), 9, 24),
            'created': moment // 1000
        }})::varchar || chr(10) as line, amount::hugeint as amount
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def land_payments(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's charges, refunds and customers; needs DuckDB's people, orders,
    moves and transactions."""
    con.execute(CUSTOMERS_SQL)
    day = landing.history_day
    landing.land(con, "stripe.charges", _charges(day), part=part, total_column="amount")
    landing.land(con, "stripe.refunds", _refunds(day), part=part, total_column="amount")
    landing.land(con, "stripe.customers", _customers(day), part=part)

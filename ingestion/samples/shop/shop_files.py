"""The shop system's files: customers, orders, refunds, transactions and checkouts as Shopify's
REST Admin objects.

Every query yields (day, line, amount): the day a version is delivered, its JSON line, what counts
for the control total. Of several versions that one delivery would hold, only the last is delivered,
as a nightly pull does.
"""

from __future__ import annotations

import duckdb

from ingestion.samples.shop.days import NEVER
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.order_history import MOVES_SQL, TRANSACTIONS_SQL


def latest_per_delivery(versions: str, key: str, history_day: int) -> str:
    """SQL: of `versions` (columns day, version …) the last version of each key in each delivery."""
    return f"""
        select * from ({versions}) where day is not null
        qualify row_number() over (
            partition by {key}, greatest(day, {history_day}) order by version desc, day desc
        ) = 1
    """


TRANSACTION_OBJECT = """{
    'id': id,
    'order_id': order_id,
    'parent_id': parent_id,
    'kind': kind,
    'status': status,
    'gateway': gateway,
    'amount': money(amount, digits),
    'currency': currency,
    'authorization': reference,
    'test': is_test,
    'created_at': shop_time(moment)
}"""

PHONE = (
    "phone_text(country, calling_code, trunk, mobile_prefix,"
    " case when {0} >= 0 then given_phone end, {0})"
)


def _orders(history_day: int) -> str:
    versions = """
        select
            orders.*,
            moves.moment,
            moves.moment as version,
            moves.refunded,
            moves.is_settled,
            delivered(moves.moment, late) as day
        from moves join orders using (order_index)
    """
    return f"""
        select day, to_json({{
            'id': order_id,
            'name': '#' || order_number,
            'customer': case when is_logged then {{'id': customer_id}} end,
            'email': email_text(given_email, email_dirt),
            'phone': {PHONE.format("phone_style")},
            'billing_address': {{
                'first_name': first_name, 'last_name': last_name, 'country_code': country
            }},
            'currency': currency,
            'financial_status': case
                when is_void then case when is_settled then 'voided' else 'authorized' end
                when not is_settled then case when is_delayed then 'authorized' else 'pending' end
                when refunded >= by_gateway then 'refunded'
                when refunded > 0 then 'partially_refunded'
                else 'paid'
            end,
            'test': is_test,
            'source_name': case when is_pos then 'pos' else 'web' end,
            'total_line_items_price': money(goods, digits),
            'total_discounts': money(order_discount, digits),
            'total_shipping_price_set': {{'shop_money': {{'amount': money(shipping, digits)}}}},
            'total_tax': money(tax, digits),
            'total_price': money(total, digits),
            'checkout_token': case when not is_pos then checkout_token end,
            'landing_site': landing_site,
            'referring_site': referring_site,
            'line_items': line_items,
            'cancelled_at': case
                when (is_void and is_settled) or (is_cancelled and refunded > 0)
                    then shop_time(moment)
            end,
            'processed_at': shop_time(placed),
            'created_at': shop_time(placed),
            'updated_at': shop_time(moment)
        }})::varchar || chr(10) as line, money(total, digits)::decimal(18, 3) as amount
        from ({latest_per_delivery(versions, "order_index", history_day)})
        join lines using (order_index)
        order by greatest(day, {history_day}), moment, order_id
    """


def _customers(history_day: int) -> str:
    versions = f"""
        select *, delivered(version, late) as day from (
            select number, account_at as version, account_late as late from people
            where account_at < {NEVER} and account_owner = number
            union all
            select person, placed, orders.late from orders
            where is_logged and not is_void and not is_test
            union all
            select number, account_changed_at, account_late from people
            where account_changed_at < {NEVER} and account_owner = number
        )
    """
    return f"""
        select day, to_json({{
            'id': customer_id,
            'email': email,
            'phone': phone_text(
                country, calling_code, trunk, mobile_prefix,
                case when account_phone_style >= 0 then
                    case
                        when version < recycled_at then owned_phone_number
                        else new_phone_number
                    end
                end,
                account_phone_style
            ),
            'first_name': case when kind = 'test_account' then 'Test' else first_name end,
            'last_name': case when kind = 'test_account' then 'Test' else last_name end,
            'state': case
                when version >= account_changed_at and details % 9 = 0 then 'disabled'
                else 'enabled'
            end,
            'verified_email': details % 10 > 0,
            'currency': currency,
            'tags': case
                when version >= account_changed_at then 'newsletter, preferences' else ''
            end,
            'default_address': case when details % 12 > 0 then {{
                'country_code': country, 'city': city, 'zip': zip,
                'address1': case
                    when version >= account_changed_at then 'Neue ' || address else address
                end
            }} end,
            'created_at': shop_time(account_at),
            'updated_at': shop_time(version)
        }})::varchar || chr(10) as line
        from ({latest_per_delivery(versions, "number", history_day)}) as versions
        join people using (number)
        order by greatest(day, {history_day}), version, customer_id
    """


def _refunds(history_day: int) -> str:
    return f"""
        select day, to_json({{
            'id': 900000000000 + id,
            'order_id': order_id,
            'refund_line_items': [{{'line_item_id': line_items[1].id, 'quantity': 1}}],
            'transactions': [{TRANSACTION_OBJECT}],
            'created_at': shop_time(moment)
        }})::varchar || chr(10) as line
        from transactions join lines using (order_index)
        where kind = 'refund' and day is not null
        order by greatest(day, {history_day}), moment, id
    """


def _transactions(history_day: int) -> str:
    return f"""
        select
            day,
            to_json({TRANSACTION_OBJECT})::varchar || chr(10) as line,
            money(amount, digits)::decimal(18, 3) as amount
        from transactions where day is not null
        order by greatest(day, {history_day}), moment, id
    """


def _checkouts(history_day: int) -> str:
    versions = """
        select *, delivered(version, late) as day from (
            select
                order_id + 300000000000 as id,
                checkout_token as token,
                case when is_logged then customer_id end as customer,
                email_text(given_email, email_dirt) as email,
                phone_text(
                    country, calling_code, trunk, mobile_prefix,
                    case when phone_style >= 0 then given_phone end, phone_style
                ) as phone,
                currency,
                digits,
                total,
                line_items,
                checkout_began as began,
                unnest([checkout_began, placed]) as version,
                placed as completed,
                late
            from orders join lines using (order_index) where not is_pos and not is_test
            union all
            select
                id, token, customer, email, phone, currency, digits, total, line_items,
                began, began, null, late
            from carts
        )
    """
    return f"""
        select day, to_json({{
            'id': id,
            'token': token,
            'customer': case when customer is not null then {{'id': customer}} end,
            'email': email,
            'phone': phone,
            'currency': currency,
            'total_price': money(total, digits),
            'line_items': line_items,
            'abandoned_checkout_url': 'https://shop.example/checkouts/' || token || '/recover',
            'completed_at': case when version = completed then shop_time(completed) end,
            'created_at': shop_time(began),
            'updated_at': shop_time(version)
        }})::varchar || chr(10) as line, money(total, digits)::decimal(18, 3) as amount
        from ({latest_per_delivery(versions, "id", history_day)})
        order by greatest(day, {history_day}), version, id
    """


def land_shop(con: duckdb.DuckDBPyConnection, landing: Landing, part: str) -> None:
    """Deliver the chunk's shop tables; needs DuckDB's people, orders, lines and carts."""
    con.execute(MOVES_SQL)
    con.execute(TRANSACTIONS_SQL)
    day = landing.history_day
    landing.land(con, "shopify.customers", _customers(day), part=part)
    landing.land(con, "shopify.orders", _orders(day), part=part, total_column="total_price")
    landing.land(con, "shopify.refunds", _refunds(day), part=part)
    landing.land(con, "shopify.transactions", _transactions(day), part=part, total_column="amount")
    landing.land(con, "shopify.checkouts", _checkouts(day), part=part, total_column="total_price")

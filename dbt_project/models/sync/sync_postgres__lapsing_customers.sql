-- Exactly the fields that the list in PostgreSQL is to know; none that changes every
-- day by itself, or every row would be sent every night. A customer without an address
-- stays a candidate: the delivery withholds and counts it.
with lapsing as (
    select
        customer_id,
        last_order_date,
        orders_count,
        historic_revenue,
        currency_code
    from {{ ref('seg_lapsing') }}
),

memberships as (
    select
        customer_id,
        entered_at
    from {{ ref('memberships') }}
    where segment = 'lapsing'
),

customers as (
    select
        customer_id,
        email,
        first_name,
        last_name,
        country_code
    from {{ ref('customers') }}
),

sync_postgres__lapsing_customers as (
    select
        lapsing.customer_id,
        customers.email,
        customers.first_name,
        customers.last_name,
        customers.country_code,
        lapsing.last_order_date,
        lapsing.orders_count,
        lapsing.historic_revenue,
        lapsing.currency_code,
        memberships.entered_at as lapsing_since
    from lapsing
    inner join customers on lapsing.customer_id = customers.customer_id
    inner join memberships on lapsing.customer_id = memberships.customer_id
)

select * from sync_postgres__lapsing_customers

with holders as (
    select customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'loyalty_card'
    group by customer_id
),

buyers as (
    select
        customer_id,
        orders_count
    from {{ ref('purchase_histories') }}
),

customers as (
    select
        customer_id,
        email
    from {{ ref('customers') }}
),

seg_loyal_buyers as (
    select
        buyers.customer_id,
        customers.email,
        buyers.orders_count
    from buyers
    inner join holders on buyers.customer_id = holders.customer_id
    inner join customers on buyers.customer_id = customers.customer_id
)

select * from seg_loyal_buyers

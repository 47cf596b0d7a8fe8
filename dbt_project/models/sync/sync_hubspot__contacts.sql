-- Exactly the fields that HubSpot is to know.
with members as (
    select
        customer_id,
        max(case when segment = 'high_value' then 1 else 0 end) = 1 as is_high_value,
        max(case when segment = 'lapsing' then 1 else 0 end) = 1 as is_lapsing
    from {{ ref('memberships') }}
    where segment in ('high_value', 'lapsing')
    group by customer_id
),

customers as (
    select
        customer_id,
        email,
        first_name,
        last_name,
        lifecycle_stage,
        orders_count,
        last_order_date,
        historic_revenue,
        lifetime_value,
        currency_code
    from {{ ref('customer_360') }}
    where email is not null
),

-- HubSpot holds one contact per address. Two customers that identity would not merge
-- may share one: the contact is the more valuable one's.
candidates as (
    select
        customers.*,
        members.is_high_value,
        members.is_lapsing,
        row_number() over (
            partition by customers.email
            order by customers.lifetime_value desc, customers.customer_id asc
        ) as address_rank
    from members
    inner join customers on members.customer_id = customers.customer_id
),

sync_hubspot__contacts as (
    select
        customer_id,
        email,
        first_name as firstname,
        last_name as lastname,
        is_high_value as clientele_is_high_value,
        is_lapsing as clientele_is_lapsing,
        lifecycle_stage as clientele_lifecycle_stage,
        orders_count as clientele_orders_count,
        last_order_date as clientele_last_order_date,
        historic_revenue as clientele_historic_revenue,
        -- To the nearest ten: a forecast moves by cents every night, and so would every
        -- contact.
        cast(round(lifetime_value, -1) as decimal(18, 0)) as clientele_lifetime_value,
        currency_code as clientele_currency
    from candidates
    where address_rank = 1
)

select * from sync_hubspot__contacts

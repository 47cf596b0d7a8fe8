-- A sale without a customer's number is to somebody of whom nothing else is known.
with ledger_lines as (
    select
        source_name,
        record_id,
        account_number,
        country,
        booked_at,
        line_number
    from {{ ref('stg_online_retail__ledger_lines') }}
    where
        account_number is not null
        or (
            not is_credit_note
            and ledger_part in ('merchandise', 'postage', 'vouchers')
        )
),

countries as (
    select
        listed.country,
        listed.country_code
    from (
        values
        ('Australia', 'AU'),
        ('Austria', 'AT'),
        ('Bahrain', 'BH'),
        ('Belgium', 'BE'),
        ('Brazil', 'BR'),
        ('Canada', 'CA'),
        ('Cyprus', 'CY'),
        ('Czech Republic', 'CZ'),
        ('Denmark', 'DK'),
        ('EIRE', 'IE'),
        ('Finland', 'FI'),
        ('France', 'FR'),
        ('Germany', 'DE'),
        ('Greece', 'GR'),
        ('Hong Kong', 'HK'),
        ('Iceland', 'IS'),
        ('Israel', 'IL'),
        ('Italy', 'IT'),
        ('Japan', 'JP'),
        ('Lebanon', 'LB'),
        ('Lithuania', 'LT'),
        ('Malta', 'MT'),
        ('Netherlands', 'NL'),
        ('Norway', 'NO'),
        ('Poland', 'PL'),
        ('Portugal', 'PT'),
        ('RSA', 'ZA'),
        ('Saudi Arabia', 'SA'),
        ('Singapore', 'SG'),
        ('Spain', 'ES'),
        ('Sweden', 'SE'),
        ('Switzerland', 'CH'),
        ('USA', 'US'),
        ('United Arab Emirates', 'AE'),
        ('United Kingdom', 'GB')
    ) as listed (country, country_code)
),

-- Whoever moved is where the last invoice went.
customers as (
    select
        source_name,
        record_id,
        account_number,
        country,
        min(booked_at) over (partition by record_id) as first_booked_at,
        booked_at as last_booked_at
    from ledger_lines
    qualify
        row_number() over (
            partition by record_id order by booked_at desc, line_number desc
        ) = 1
),

person_records as (
    select
        customers.source_name,
        customers.record_id,
        {{ identifier_map({'online_retail_customer_id': 'account_number'}) }}
            as identifiers,
        countries.country_code,
        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        customers.first_booked_at as first_seen_at,
        customers.last_booked_at as last_seen_at
    from customers
    left join countries on customers.country = countries.country
)

select * from person_records

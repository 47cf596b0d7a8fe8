-- The bank publishes on working days only. A rate holds until the next one, for seven
-- days at most (the longest gap of the bank's calendar is five): after that it is
-- missing, never guessed. A currency that the bank does not publish has the owner's rate, if there
-- is one (fx_rates in clientele.yml).
with published_rates as (
    select
        rate_date,
        currency_code,
        units_per_euro
    from {{ ref('stg_ecb__rates') }}
),

staged_spend as (
    {{ union_feed('ad_spend', {'currency_code': 'varchar', 'spend_date': 'date'}) }}
),

needs as (
    select
        currency_code,
        {{ local_date('placed_at') }} as need_date
    from {{ ref('source_orders') }}
    union all
    select
        currency_code,
        spend_date as need_date
    from staged_spend
    union all
    select
        currency_code,
        {{ local_date('opened_at') }} as need_date
    from {{ ref('stg_hubspot__deals') }}
),

owner_rates as (
    select
        currency_code,
        other_currency_code,
        rate,
        valid_from,
        valid_to
    from {{ source('declared', 'owner_rates') }}
),

bounds as (
    select
        min(need_date) as first_date,
        greatest(max(need_date), {{ as_of_date() }}) as last_date
    from needs
    -- One row with an odd year is no reason for a calendar of centuries.
    where need_date between {{ as_of_date() }} - 14610 and {{ as_of_date() }} + 1
),

days as (
    {{ calendar_days('bounds', 'first_date', 'last_date') }}
),

currencies as (
    select currency_code from published_rates
    union
    select currency_code from needs
    where currency_code in (select currency_code from {{ ref('currencies') }})
    union
    select 'EUR' as currency_code
    union
    select currency_code from owner_rates
    union
    select other_currency_code from owner_rates
    union
    select {{ shop_currency() }} as currency_code
    union
    select {{ reporting_currency() }} as currency_code
),

ages as (
    select listed.age_days
    from (values (0), (1), (2), (3), (4), (5), (6)) as listed (age_days)
),

held_rates as (
    select
        published_rates.currency_code,
        published_rates.rate_date as published_on,
        published_rates.rate_date + ages.age_days as rate_date,
        published_rates.units_per_euro,
        row_number() over (
            partition by
                published_rates.currency_code,
                published_rates.rate_date + ages.age_days
            order by ages.age_days
        ) as age_rank
    from published_rates
    cross join ages
    inner join bounds
        on published_rates.rate_date between bounds.first_date - 7 and bounds.last_date
),

bank_rates as (
    select
        currencies.currency_code,
        days.calendar_date as rate_date,
        case
            when currencies.currency_code = 'EUR' then 1
            else held_rates.units_per_euro
        end as units_per_euro,
        held_rates.published_on
    from currencies
    cross join days
    left join held_rates
        on
            currencies.currency_code = held_rates.currency_code
            and days.calendar_date = held_rates.rate_date
            and held_rates.age_rank = 1
),

euro_rates as (
    select
        bank_rates.currency_code,
        bank_rates.rate_date,
        coalesce(
            bank_rates.units_per_euro, other_rates.units_per_euro / owner_rates.rate
        ) as units_per_euro,
        bank_rates.published_on
    from bank_rates
    left join owner_rates
        on
            bank_rates.currency_code = owner_rates.currency_code
            and bank_rates.units_per_euro is null
            and bank_rates.rate_date >= owner_rates.valid_from
            and bank_rates.rate_date < owner_rates.valid_to
    left join bank_rates as other_rates
        on
            owner_rates.other_currency_code = other_rates.currency_code
            and bank_rates.rate_date = other_rates.rate_date
),

exchange_rates as (
    select
        euro_rates.currency_code,
        euro_rates.rate_date,
        reporting_rates.currency_code as reporting_currency_code,
        case
            when euro_rates.currency_code = reporting_rates.currency_code then 1
            else cast(
                round(reporting_rates.units_per_euro / euro_rates.units_per_euro, 10)
                as decimal(20, 10)
            )
        end as exchange_rate,
        case
            when euro_rates.currency_code = reporting_rates.currency_code then null
            when euro_rates.currency_code = 'EUR' then reporting_rates.published_on
            else euro_rates.published_on
        end as published_on
    from euro_rates
    inner join euro_rates as reporting_rates
        on
            euro_rates.rate_date = reporting_rates.rate_date
            and reporting_rates.currency_code = {{ reporting_currency() }}
)

select * from exchange_rates

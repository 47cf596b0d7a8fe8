-- Every currency column of the contract becomes rows, so a currency is added in the contract alone.
with latest as (
    {{ latest_version(source('raw', 'ecb_rates'), ['date']) }}
),

unpivoted as (
    {{ unpivot_others(
        'latest',
        source('raw', 'ecb_rates'),
        keep=['date'],
        name_column='currency_column',
        value_column='units_per_euro',
    ) }}
),

rates as (
    select
        "date" as rate_date,
        upper(currency_column) as currency_code,
        units_per_euro
    from unpivoted
)

select * from rates

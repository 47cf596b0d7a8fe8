with fits as (
    select
        model,
        parameter,
        value,
        log_likelihood,
        customers_count,
        flags
    from {{ source('steps', 'ltv_fits') }}
),

ltv_fits as (
    select
        model,
        parameter,
        cast(round(value, 6) as decimal(24, 6)) as value,
        cast(round(log_likelihood, 4) as decimal(24, 4)) as log_likelihood,
        cast(customers_count as integer) as customers_count,
        flags
    from fits
)

select * from ltv_fits

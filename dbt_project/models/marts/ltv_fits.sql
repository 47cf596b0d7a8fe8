with ltv_fits as (
    select *
    from {{ source('steps', 'ltv_fits') }}
)

select * from ltv_fits

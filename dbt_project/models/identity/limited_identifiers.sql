-- What limits look at: values that are good for nobody, because too many hold them, are no second
-- value of anybody.
with identifier_types as (
    select
        identifier_type,
        max_per_customer
    from {{ ref('identifier_types') }}
    where max_per_customer is not null
),

values_over_cap as (
    select
        identifier_type,
        identifier_value
    from {{ ref('shared_identifiers') }}
    where is_over_cap
),

limited_identifiers as (
    select
        identifiers.record_id,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifier_types.max_per_customer
    from {{ ref('identifiers') }} as identifiers
    inner join identifier_types
        on identifiers.identifier_type = identifier_types.identifier_type
    left join values_over_cap
        on
            identifiers.identifier_type = values_over_cap.identifier_type
            and identifiers.identifier_value = values_over_cap.identifier_value
    where
        identifiers.identifier_value is not null
        and values_over_cap.identifier_value is null
)

select * from limited_identifiers

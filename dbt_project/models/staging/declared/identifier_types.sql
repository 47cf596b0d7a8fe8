-- The ids that sources give out stand in their files, what all share in a seed.
{{ config(schema='seeds') }}

with shared_types as (
    select
        identifier_type,
        priority,
        is_strong,
        normalisation,
        is_account,
        max_holders,
        max_per_customer,
        match_confidence,
        description,
        false as is_login
    from {{ ref('shared_identifier_types') }}
),

declared_types as (
    select
        identifier_type,
        priority,
        is_strong,
        normalisation,
        is_account,
        max_holders,
        max_per_customer,
        match_confidence,
        description,
        is_login
    from {{ source('declared', 'identifier_types') }}
),

identifier_types as (
    select * from shared_types
    union all
    select * from declared_types
)

select * from identifier_types

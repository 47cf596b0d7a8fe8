-- A pattern without a type is blocked for every one.
with patterns as (
    select
        pattern,
        identifier_type,
        pattern like '%|%%' escape '|' as is_wildcard
    from {{ ref('blocked_identifier_values') }}
),

identifier_types as (
    select identifier_type
    from {{ ref('identifier_types') }}
),

blocked_values as (
    select
        identifier_type,
        pattern,
        is_wildcard
    from patterns
    where identifier_type is not null
    union
    select
        identifier_types.identifier_type,
        patterns.pattern,
        patterns.is_wildcard
    from patterns
    cross join identifier_types
    where patterns.identifier_type is null
)

select * from blocked_values

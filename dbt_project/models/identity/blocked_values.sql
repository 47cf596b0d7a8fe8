-- A pattern without a type is blocked for every one. Only what needs it is compared with LIKE: a
-- mailbox at any domain (`noreply@%`) is told by what stands before the @.
with listed_patterns as (
    select
        pattern,
        identifier_type
    from {{ ref('blocked_identifier_values') }}
),

identifier_types as (
    select identifier_type
    from {{ ref('identifier_types') }}
),

patterns as (
    select
        identifier_type,
        pattern
    from listed_patterns
    where identifier_type is not null
    union
    select
        identifier_types.identifier_type,
        listed_patterns.pattern
    from listed_patterns
    cross join identifier_types
    where listed_patterns.identifier_type is null
),

told_apart as (
    select
        identifier_type,
        pattern,
        pattern like '%|%%' escape '|'
        and not (
            identifier_type = 'email'
            and right(pattern, 2) = '@%'
            and translate(pattern, '%_', '') || '%' = pattern
        ) as is_wildcard
    from patterns
),

blocked_values as (
    select distinct
        identifier_type,
        case when is_wildcard then pattern else {{ bare_word('pattern') }} end as pattern,
        is_wildcard
    from told_apart
)

select * from blocked_values

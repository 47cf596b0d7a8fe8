with overrides as (
    select
        override_id,
        rule,
        left_record_id,
        right_record_id,
        author,
        reason,
        cast(left(created_at, 19) as timestamp) as created_at
    from {{ source('control', 'identity_overrides') }}
    where
        revoked_at is null
        or cast(left(revoked_at, 19) as timestamp) > {{ as_of() }}
)

select * from overrides

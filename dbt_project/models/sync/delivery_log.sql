with settled_rows as (
    select
        log_id,
        run_id,
        as_of,
        sync,
        key_hash,
        action,
        status,
        reason,
        version,
        "at"
    from {{ source('control', 'delivery_log') }}
),

delivery_log as (
    select
        log_id,
        run_id,
        cast(replace(as_of, 'Z', '') as timestamp) as as_of,
        sync,
        key_hash,
        action,
        status,
        reason,
        cast(version as integer) as version,
        cast(replace("at", 'Z', '') as timestamp) as settled_at
    from settled_rows
)

select * from delivery_log

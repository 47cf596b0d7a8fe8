with runs as (
    select *
    from {{ source('control', 'sync_runs') }}
),

delivery_runs as (
    select
        run_id,
        sync,
        destination,
        generation,
        cast(replace(as_of, 'Z', '') as timestamp) as as_of,
        status,
        cast(candidates as integer) as candidates_count,
        cast(added as integer) as added_count,
        cast(changed as integer) as changed_count,
        cast(unchanged as integer) as unchanged_count,
        cast(planned_removals as integer) as planned_removals_count,
        cast(removed as integer) as removed_count,
        cast(acknowledged as integer) as acknowledged_count,
        cast(withheld as integer) as withheld_count,
        cast(held as integer) as held_count,
        cast(rejected as integer) as rejected_count,
        cast(invalid as integer) as invalid_count,
        cast(unknown as integer) as unknown_count,
        cast(unsent as integer) as unsent_count,
        cast(removals_held as integer) as removals_held_count,
        cast(removals_rejected as integer) as removals_rejected_count,
        cast(removals_unknown as integer) as removals_unknown_count,
        cast(removals_unsent as integer) as removals_unsent_count,
        cast(drained as integer) as drained_count,
        cast(requests as integer) as requests_count,
        cast(replace(oldest_unsent_at, 'Z', '') as timestamp) as oldest_unsent_at,
        cast(lag_seconds as integer) as lag_seconds,
        cast(unreconciled as integer) as unreconciled_count,
        message,
        cast(replace(started_at, 'Z', '') as timestamp) as started_at,
        cast(replace(finished_at, 'Z', '') as timestamp) as finished_at
    from runs
)

select * from delivery_runs

with refusals as (
    select
        left_record_id,
        right_record_id,
        weight,
        left_size,
        right_size,
        against_count
    from {{ source('steps', 'name_match_refusals') }}
)

select * from refusals

-- What each source says is deleted there, while its latest word says so: a record that is restored
-- is a record again.
with stated_deletions as (
    {{ union_feed('deletions', {
        'record_id': 'varchar',
        'deleted_at': 'timestamp',
    }) }}
),

deleted_records as (
    select
        stated_deletions.record_id,
        identity_map.customer_id,
        split_part(stated_deletions.record_id, ':', 1) as record_kind,
        stated_deletions.deleted_at
    from stated_deletions
    inner join {{ ref('identity_map') }} as identity_map
        on stated_deletions.record_id = identity_map.record_id
    where stated_deletions.deleted_at is not null
)

select * from deleted_records

with latest as (
    {{ latest_version(
        source('raw', 'hubspot_contacts'),
        ['id'],
        'updated_at',
        ['_source', 'id', 'merged_contact_ids', 'updated_at'],
    ) }}
),

merged_contacts as (
    select
        _source,
        id as contact_id,
        updated_at,
        {{ text_parts('merged_contact_ids', ';') }} as merged_contact
    from latest
    where merged_contact_ids is not null
),

contact_merges as (
    select
        _source || '_contacts:' || contact_id as record_id,
        _source || '_contacts:' || split_part(trim(merged_contact), ':', 1)
            as merged_record_id,
        max(updated_at) as seen_at
    from merged_contacts
    where
        regexp_matches(trim(merged_contact), '^[0-9]+(:[0-9]+)?$')
        and split_part(trim(merged_contact), ':', 1) <> cast(contact_id as varchar)
    group by 1, 2
)

select * from contact_merges

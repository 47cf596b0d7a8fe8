-- What the sales team says is one person: a lead and the contact that it became, a contact
-- and the one into which it was merged.
with leads as (
    {{ latest_version(
        source('raw', 'salesforce_leads'),
        ['id'],
        'system_modstamp',
        ['_source', 'id', 'converted_contact_id', 'system_modstamp'],
    ) }}
),

contacts as (
    {{ latest_version(
        source('raw', 'salesforce_contacts'),
        ['id'],
        'system_modstamp',
        ['_source', 'id', 'master_record_id', 'system_modstamp'],
    ) }}
),

record_merges as (
    select
        _source || '_contacts:' || converted_contact_id as record_id,
        _source || '_leads:' || id as merged_record_id,
        system_modstamp as seen_at
    from leads
    where converted_contact_id is not null
    union all
    select
        _source || '_contacts:' || master_record_id as record_id,
        _source || '_contacts:' || id as merged_record_id,
        system_modstamp as seen_at
    from contacts
    where master_record_id is not null
)

select * from record_merges

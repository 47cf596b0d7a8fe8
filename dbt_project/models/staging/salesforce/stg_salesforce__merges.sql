-- What the sales team says is one person: a lead and the contact that it became, a contact
-- and the one into which it was merged.
with leads as (
    {{ latest_version(
        source('raw', 'salesforce_leads'),
        ['id'],
        'system_modstamp',
        ['id', 'converted_contact_id', 'system_modstamp'],
    ) }}
),

contacts as (
    {{ latest_version(
        source('raw', 'salesforce_contacts'),
        ['id'],
        'system_modstamp',
        ['id', 'master_record_id', 'system_modstamp'],
    ) }}
),

record_merges as (
    select
        'salesforce_contacts:' || converted_contact_id as record_id,
        'salesforce_leads:' || id as merged_record_id,
        system_modstamp as seen_at
    from leads
    where converted_contact_id is not null
    union all
    select
        'salesforce_contacts:' || master_record_id as record_id,
        'salesforce_contacts:' || id as merged_record_id,
        system_modstamp as seen_at
    from contacts
    where master_record_id is not null
)

select * from record_merges

-- What the sales team says is one person: a lead and the contact that it became, a contact
-- and the one into which it was merged.
with versions as (
    select
        _source,
        '_leads:' as merged_kind,
        id,
        converted_contact_id as contact_id,
        system_modstamp,
        _arrival,
        _line_number
    from {{ source('raw', 'salesforce_leads') }}
    union all
    select
        _source,
        '_contacts:' as merged_kind,
        id,
        master_record_id as contact_id,
        system_modstamp,
        _arrival,
        _line_number
    from {{ source('raw', 'salesforce_contacts') }}
),

read_versions as (
    select
        versions._source,
        versions.merged_kind,
        versions.system_modstamp,
        versions._arrival,
        versions._line_number,
        merged_ids.salesforce_id as merged_id,
        contact_ids.salesforce_id as contact_id
    from versions
    inner join {{ ref('stg_salesforce__ids') }} as merged_ids
        on versions.id = merged_ids.written_id
    left join {{ ref('stg_salesforce__ids') }} as contact_ids
        on versions.contact_id = contact_ids.written_id
),

latest as (
    {{ latest_version('read_versions', ['merged_kind', 'merged_id'], 'system_modstamp') }}
),

record_merges as (
    select
        _source || '_contacts:' || contact_id as record_id,
        _source || merged_kind || merged_id as merged_record_id,
        system_modstamp as seen_at
    from latest
    where contact_id is not null
)

select * from record_merges

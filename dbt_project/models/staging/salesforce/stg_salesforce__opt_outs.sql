-- The tick says how things are, not since when: what counts is the version in which it was
-- set, not a later one that only changed something else. It is about every address that the
-- record had since.
with versions as (
    select
        leads._source,
        leads._source || '_leads:' || ids.salesforce_id as record_id,
        leads.email,
        coalesce(leads.has_opted_out_of_email, false) as has_opted_out,
        leads.system_modstamp,
        leads._arrival,
        leads._line_number
    from {{ source('raw', 'salesforce_leads') }} as leads
    inner join {{ ref('stg_salesforce__ids') }} as ids on leads.id = ids.written_id
    union all
    select
        contacts._source,
        contacts._source || '_contacts:' || ids.salesforce_id as record_id,
        contacts.email,
        coalesce(contacts.has_opted_out_of_email, false) as has_opted_out,
        contacts.system_modstamp,
        contacts._arrival,
        contacts._line_number
    from {{ source('raw', 'salesforce_contacts') }} as contacts
    inner join {{ ref('stg_salesforce__ids') }} as ids on contacts.id = ids.written_id
),

turns as (
    select
        _source,
        record_id,
        email,
        has_opted_out,
        system_modstamp,
        lag(has_opted_out) over (
            partition by record_id
            order by system_modstamp, _arrival, _line_number
        ) as had_opted_out,
        row_number() over (
            partition by record_id
            order by system_modstamp desc, _arrival desc, _line_number desc
        ) as age_rank
    from versions
),

latest as (
    select record_id
    from turns
    where age_rank = 1 and has_opted_out
),

set_at as (
    select
        record_id,
        max(system_modstamp) as recorded_at
    from turns
    where has_opted_out and not coalesce(had_opted_out, false)
    group by record_id
),

opt_outs as (
    select distinct
        latest.record_id as consent_record_id,
        'email' as contact_point_type,
        trim(turns.email) as contact_point,
        'email' as channel,
        'marketing' as purpose,
        'withdrawn' as state,
        'consent' as legal_basis,
        turns._source as collected_by,
        set_at.recorded_at
    from latest
    inner join set_at on latest.record_id = set_at.record_id
    inner join turns
        on
            latest.record_id = turns.record_id
            and set_at.recorded_at <= turns.system_modstamp
    where turns.email is not null and turns.has_opted_out
)

select * from opt_outs

with versions as (
    select
        leads.*,
        ids.salesforce_id as salesforce_lead_id
    from {{ source('raw', 'salesforce_leads') }} as leads
    inner join {{ ref('stg_salesforce__ids') }} as ids on leads.id = ids.written_id
),

latest as (
    {{ latest_version('versions', ['salesforce_lead_id'], 'system_modstamp') }}
),

leads as (
    select
        _source as source_name,
        _source || '_leads:' || salesforce_lead_id as record_id,
        {{ identifier_map({
            'salesforce_lead_id': 'salesforce_lead_id',
            'email': 'email',
            'phone': 'coalesce(mobile_phone, phone)',
        }) }} as identifiers,
        upper(trim(country_code)) as country_code,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(city), '') as city,
        nullif(trim(postal_code), '') as postcode,
        nullif(trim(street), '') as address,
        cast(null as date) as date_of_birth,
        created_date as first_seen_at,
        greatest(created_date, system_modstamp) as last_seen_at,
        salesforce_lead_id,
        nullif(trim(company), '') as company_name,
        lead_source,
        status,
        is_converted,
        is_deleted,
        case when is_deleted or _is_deleted then system_modstamp end as deleted_at,
        created_date as created_at,
        system_modstamp as updated_at
    from latest
)

select * from leads

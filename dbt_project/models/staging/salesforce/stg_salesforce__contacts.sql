with versions as (
    select
        contacts.*,
        ids.salesforce_id as salesforce_contact_id
    from {{ source('raw', 'salesforce_contacts') }} as contacts
    inner join {{ ref('stg_salesforce__ids') }} as ids on contacts.id = ids.written_id
),

latest as (
    {{ latest_version('versions', ['salesforce_contact_id'], 'system_modstamp') }}
),

contacts as (
    select
        _source as source_name,
        _source || '_contacts:' || salesforce_contact_id as record_id,
        {{ identifier_map({
            'salesforce_contact_id': 'salesforce_contact_id',
            'email': 'email',
            'phone': 'coalesce(mobile_phone, phone)',
        }) }} as identifiers,
        upper(trim(mailing_country_code)) as country_code,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(mailing_city), '') as city,
        nullif(trim(mailing_postal_code), '') as postcode,
        nullif(trim(mailing_street), '') as address,
        {{ iso_date('birthdate') }} as date_of_birth,
        created_date as first_seen_at,
        greatest(created_date, system_modstamp) as last_seen_at,
        salesforce_contact_id,
        lead_source,
        is_deleted,
        case when is_deleted or _is_deleted then system_modstamp end as deleted_at,
        created_date as created_at,
        system_modstamp as updated_at
    from latest
)

select * from contacts

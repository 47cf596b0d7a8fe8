with latest as (
    {{ latest_version(
        source('raw', 'hubspot_deals'),
        ['id'],
        'updated_at',
        ['_source', 'id', 'contacts'],
    ) }}
),

associations as (
    select
        _source,
        id,
        {{ json_records('contacts', {'id': 'bigint'}) }} as contact
    from latest
),

-- One contact may be named more than once, under several labels.
deal_contacts as (
    select distinct
        _source || ':' || id as deal_id,
        _source || '_contacts:' || contact.id as record_id,
        contact.id as contact_number
    from associations
    where contact.id is not null
)

select * from deal_contacts

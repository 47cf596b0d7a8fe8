-- Every record about a person, as its source tells it. Some say a country's name, or its code of
-- three letters.
with records as (
    {{ union_feed('people', {
        'source_name': 'varchar',
        'record_id': 'varchar',
        'identifiers': 'map(varchar, varchar)',
        'country_code': 'varchar',
        'first_name': 'varchar',
        'last_name': 'varchar',
        'city': 'varchar',
        'postcode': 'varchar',
        'first_seen_at': 'timestamp',
        'last_seen_at': 'timestamp',
    }) }}
),

country_names as (
    select
        country_name,
        country_code
    from {{ ref('country_names') }}
),

source_records as (
    select
        records.source_name,
        records.record_id,
        records.identifiers,
        coalesce(country_names.country_code, records.country_code) as country_code,
        records.first_name,
        records.last_name,
        records.city,
        records.postcode,
        records.first_seen_at,
        records.last_seen_at
    from records
    left join country_names on records.country_code = country_names.country_name
)

select * from source_records

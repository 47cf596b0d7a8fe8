-- Every record about a person, as its source tells it.
with source_records as (
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
)

select * from source_records

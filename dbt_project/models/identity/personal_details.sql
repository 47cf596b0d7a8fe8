-- What only likeness is judged by, and only of the sources that are matched by name: no birthday
-- goes further for nothing.
with details as (
    {{ union_feed('personal_details', {
        'source_name': 'varchar',
        'record_id': 'varchar',
        'date_of_birth': 'date',
        'address': 'varchar',
    }) }}
),

plausible as (
    select
        record_id,
        address,
        -- What forms are prefilled with, and births that are still to come, say nothing.
        case
            when date_of_birth > date '1900-01-01' and date_of_birth <= {{ as_of_date() }}
                then date_of_birth
        end as date_of_birth
    from details
    where ',' || {{ match_sources() }} || ',' like '%,' || source_name || ',%'
)

select
    record_id,
    date_of_birth,
    address
from plausible
where date_of_birth is not null or address is not null

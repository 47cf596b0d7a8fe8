-- An event of the future would open every "last seen" and every window of the marts.
select
    event_id,
    occurred_at
from {{ ref('stg_web__events') }}
where occurred_at > {{ as_of() }} + interval 1 day

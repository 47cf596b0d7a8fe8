-- An offer that nobody took up says nothing.
with latest as (
    {{ latest_version(
        source('raw', 'zendesk_satisfaction_ratings'), ['id'], 'updated_at'
    ) }}
),

ratings as (
    select
        _source || ':' || id as rating_id,
        _source || ':' || ticket_id as ticket_id,
        case
            when starts_with(score, 'good') then true
            when starts_with(score, 'bad') then false
        end as is_good,
        nullif(trim(comment), '') as rating_comment,
        updated_at as rated_at
    from latest
    where score not in ('offered', 'unoffered')
)

select * from ratings

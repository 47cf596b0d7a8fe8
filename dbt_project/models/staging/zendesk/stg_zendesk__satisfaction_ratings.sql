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
        starts_with(score, 'good') as is_good,
        nullif(trim(comment), '') as rating_comment,
        updated_at as rated_at
    from latest
    where starts_with(score, 'good') or starts_with(score, 'bad')
)

select * from ratings

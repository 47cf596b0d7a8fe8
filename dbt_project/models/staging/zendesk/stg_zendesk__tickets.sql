with latest as (
    {{ latest_version(source('raw', 'zendesk_tickets'), ['id'], 'updated_at') }}
),

tickets as (
    select
        _source as source_name,
        _source || ':' || id as ticket_id,
        _source || '_users:' || requester_id as record_id,
        nullif(trim(external_id), '') as order_number,
        subject,
        description as body,
        lower(channel) as channel,
        lower(type) as ticket_type,
        lower(priority) as priority,
        lower(status) as status,
        tags,
        created_at as opened_at,
        case when lower(status) in ('solved', 'closed') then solved_at end as solved_at,
        updated_at
    from latest
)

select * from tickets

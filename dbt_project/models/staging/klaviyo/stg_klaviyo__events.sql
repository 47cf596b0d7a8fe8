with latest as (
    {{ latest_version(source('raw', 'klaviyo_events'), ['id']) }}
),

events as (
    select
        _source as source_name,
        _source || ':' || id as event_id,
        _source || '_profiles:' || profile_id as record_id,
        _prefix || metric_id as metric_id,
        {{ json_member('event_properties', '$message') }} as message_id,
        {{ json_member('event_properties', 'Campaign Name') }} as campaign_name,
        {{ json_member('event_properties', 'Subject') }} as subject,
        {{ json_member('event_properties', 'Bounce Type') }} = 'Hard' as is_hard_bounce,
        least(happened_at, _loaded_at + interval 1 day) as occurred_at
    from latest
)

select * from events

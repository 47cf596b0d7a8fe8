with latest as (
    {{ latest_version(source('raw', 'klaviyo_events'), ['id']) }}
),

events as (
    select
        'klaviyo' as source_name,
        'klaviyo:' || id as event_id,
        'klaviyo_profiles:' || profile_id as record_id,
        metric_id,
        {{ json_member('event_properties', '$message') }} as message_id,
        {{ json_member('event_properties', 'Campaign Name') }} as campaign_name,
        {{ json_member('event_properties', 'Subject') }} as subject,
        {{ json_member('event_properties', 'Bounce Type') }} = 'Hard' as is_hard_bounce,
        least(happened_at, _loaded_at + interval 1 day) as occurred_at
    from latest
)

select * from events

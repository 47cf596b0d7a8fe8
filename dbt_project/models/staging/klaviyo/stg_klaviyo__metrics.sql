-- Klaviyo's names of what may become of a message; any other kind of event is no message.
with metrics as (
    select
        _prefix || id as metric_id,
        name as metric_name,
        case when contains(name, 'SMS') then 'sms' else 'email' end as channel,
        case
            when name in ('Received Email', 'Received SMS') then 'received'
            when name = 'Opened Email' then 'opened'
            when name in ('Clicked Email', 'Clicked SMS') then 'clicked'
            when name in ('Bounced Email', 'Failed to Deliver SMS') then 'bounced'
            when name = 'Dropped Email' then 'dropped'
            when name = 'Marked Email as Spam' then 'complained'
            when
                name in (
                    'Unsubscribed',
                    'Unsubscribed from Email Marketing',
                    'Unsubscribed from SMS Marketing'
                )
                then 'unsubscribed'
        end as message_event
    from {{ source('raw', 'klaviyo_metrics') }}
    -- A file may name a kind twice.
    qualify row_number() over (partition by _prefix, id order by _line_number desc) = 1
)

select * from metrics

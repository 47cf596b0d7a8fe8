with sessions as (
    select
        *,
        lower(coalesce(utm_source, '')) as campaign_source,
        lower(coalesce(utm_medium, '')) as campaign_medium,
        {{ url_host('referrer_url') }} as referrer_host,
        {{ url_host('entry_page_url') }} as own_host
    from {{ ref('core_sessions') }}
)

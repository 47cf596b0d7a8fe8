with latest as (
    {{ latest_version(source('raw', 'hubspot_deals'), ['id'], 'updated_at') }}
),

deals as (
    select
        _source as source_name,
        _source || ':' || id as deal_id,
        nullif(trim(dealname), '') as deal_name,
        nullif(trim(pipeline), '') as pipeline,
        nullif(trim(dealstage), '') as stage,
        coalesce(hs_is_closed, hs_is_closed_won, false) as is_closed,
        coalesce(hs_is_closed_won, false) as is_won,
        cast(amount as decimal(18, 3)) as amount,
        coalesce(
            upper(nullif(trim(deal_currency_code), '')), _currency
        ) as currency_code,
        archived as is_archived,
        coalesce(createdate, created_at) as opened_at,
        closedate as closing_at,
        updated_at
    from latest
)

select * from deals

-- Of several contacts the one that the CRM has known longest stands for the deal, if its
-- record is known here.
with staged_deals as (
    select
        source_name,
        deal_id,
        deal_name,
        pipeline,
        stage,
        is_closed,
        is_won,
        amount,
        currency_code,
        is_archived,
        opened_at,
        closing_at,
        updated_at,
        {{ local_date('opened_at') }} as opened_date
    from {{ ref('stg_hubspot__deals') }}
),

contacts as (
    select
        deal_contacts.deal_id,
        identity_map.customer_id,
        count(*) over (partition by deal_contacts.deal_id) as contacts_count,
        row_number() over (
            partition by deal_contacts.deal_id
            order by
                case when identity_map.record_id is null then 1 else 0 end,
                deal_contacts.contact_number
        ) as contact_rank
    from {{ ref('stg_hubspot__deal_contacts') }} as deal_contacts
    left join {{ ref('identity_map') }} as identity_map
        on deal_contacts.record_id = identity_map.record_id
),

exchange_rates as (
    select
        currency_code,
        rate_date,
        exchange_rate
    from {{ ref('exchange_rates') }}
),

deals as (
    select
        staged_deals.deal_id,
        staged_deals.source_name,
        contacts.customer_id,
        cast(coalesce(contacts.contacts_count, 0) as integer) as contacts_count,
        staged_deals.deal_name,
        staged_deals.pipeline,
        staged_deals.stage,
        case
            when staged_deals.is_won then 'won'
            when staged_deals.is_closed then 'lost'
            else 'open'
        end as outcome,
        cast(staged_deals.amount as decimal(18, 3)) as amount,
        staged_deals.currency_code,
        exchange_rates.exchange_rate,
        cast(
            staged_deals.amount * exchange_rates.exchange_rate as decimal(18, 2)
        ) as deal_value,
        staged_deals.is_archived,
        staged_deals.opened_at,
        staged_deals.opened_date,
        staged_deals.closing_at,
        staged_deals.updated_at
    from staged_deals
    left join contacts
        on staged_deals.deal_id = contacts.deal_id and contacts.contact_rank = 1
    left join exchange_rates
        on
            staged_deals.currency_code = exchange_rates.currency_code
            and staged_deals.opened_date = exchange_rates.rate_date
)

select * from deals

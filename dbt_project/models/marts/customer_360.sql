with customers as (
    select * from {{ ref('customers') }}
),

histories as (
    select * from {{ ref('purchase_histories') }}
),

revenues as (
    select
        customer_id,
        sum(net_revenue) as historic_revenue
    from {{ ref('orders') }}
    where placed_date <= {{ as_of_date() }}
    group by customer_id
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

lifetime_values as (
    select * from {{ ref('customer_lifetime_values') }}
),

rfm_scores as (
    select * from {{ ref('rfm_scores') }}
),

first_touches as (
    select
        customer_id,
        first_touch_at,
        first_channel
    from {{ ref('first_touches') }}
),

visits as (
    select
        customer_id,
        count(*) as sessions_count,
        max(started_at) as last_session_at
    from {{ ref('touchpoints') }}
    where customer_id is not null
    group by customer_id
),

locales as (
    select * from {{ ref('customer_locales') }}
),

affinities as (
    select
        customer_id,
        favourite_product_type
    from {{ ref('product_affinities') }}
),

contacts as (
    select * from {{ ref('customer_contacts') }}
),

-- What a person asked for, and an address that does not exist, outweigh a grant.
excluded as (
    select distinct
        contact_point_type,
        contact_point
    from {{ ref('exclusions') }}
    where coalesce(purpose, 'marketing') = 'marketing'
),

marketing_consents as (
    select
        consents.*,
        consents.is_granted and excluded.contact_point is null as may_be_sent
    from {{ ref('consents') }} as consents
    left join excluded
        on
            consents.contact_point_type = excluded.contact_point_type
            and consents.contact_point = excluded.contact_point
    where consents.purpose = 'marketing'
),

customer_360 as (
    select
        customers.*,
        locales.language_code,
        locales.time_zone,
        locales.locale_source,
        locales.locale_seen_at,
        case
            when stages.lifecycle_stage is not null then stages.lifecycle_stage
            when customers.is_identified then 'lead'
            else 'visitor'
        end as lifecycle_stage,
        histories.first_order_date,
        histories.last_order_date,
        stages.days_since_last_order,
        stages.rhythm_days,
        coalesce(lifetime_values.orders_count, 0) as orders_count,
        {{ reporting_currency() }} as currency_code,
        cast(coalesce(revenues.historic_revenue, 0) as decimal(18, 2))
            as historic_revenue,
        lifetime_values.predicted_revenue_365_days,
        lifetime_values.predicted_revenue_365_days_low,
        lifetime_values.predicted_revenue_365_days_high,
        lifetime_values.probability_alive,
        lifetime_values.next_order_expected_on,
        lifetime_values.is_fallback as is_prediction_fallback,
        lifetime_values.lifetime_value,
        rfm_scores.rfm_code,
        rfm_scores.rfm_segment,
        first_touches.first_touch_at,
        coalesce(first_touches.first_channel, 'unknown') as first_channel,
        cast(coalesce(visits.sessions_count, 0) as integer) as sessions_count,
        visits.last_session_at,
        affinities.favourite_product_type,
        coalesce(contacts.tickets_count, 0) as tickets_count,
        coalesce(contacts.open_tickets_count, 0) as open_tickets_count,
        contacts.last_complaint_at,
        contacts.satisfaction_rate,
        contacts.last_rated_at,
        coalesce(contacts.messages_count, 0) as messages_count,
        contacts.last_message_at,
        contacts.last_message_answer_at,
        contacts.preferred_channel,
        coalesce(email_consents.may_be_sent, false) as may_email_marketing,
        email_consents.state as email_marketing_state,
        email_consents.decided_at as email_marketing_decided_at,
        coalesce(sms_consents.may_be_sent, false) as may_sms_marketing,
        sms_consents.state as sms_marketing_state,
        sms_consents.decided_at as sms_marketing_decided_at
    from customers
    left join histories on customers.customer_id = histories.customer_id
    left join revenues on customers.customer_id = revenues.customer_id
    left join stages on customers.customer_id = stages.customer_id
    left join lifetime_values on customers.customer_id = lifetime_values.customer_id
    left join rfm_scores on customers.customer_id = rfm_scores.customer_id
    left join first_touches on customers.customer_id = first_touches.customer_id
    left join visits on customers.customer_id = visits.customer_id
    left join locales on customers.customer_id = locales.customer_id
    left join affinities on customers.customer_id = affinities.customer_id
    left join contacts on customers.customer_id = contacts.customer_id
    left join marketing_consents as email_consents
        on
            customers.email = email_consents.contact_point
            and email_consents.contact_point_type = 'email'
            and email_consents.channel = 'email'
    left join marketing_consents as sms_consents
        on
            customers.phone = sms_consents.contact_point
            and sms_consents.contact_point_type = 'phone'
            and sms_consents.channel = 'sms'
)

select * from customer_360

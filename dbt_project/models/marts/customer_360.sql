with customers as (
    select * from {{ ref('customers') }}
),

histories as (
    select
        customer_id,
        first_order_date,
        last_order_date
    from {{ ref('purchase_histories') }}
),

stages as (
    select
        customer_id,
        lifecycle_stage,
        rhythm_days,
        days_since_last_order
    from {{ ref('lifecycle_stages') }}
),

lifetime_values as (
    select * from {{ ref('customer_lifetime_values') }}
),

rfm_scores as (
    select
        customer_id,
        rfm_code,
        rfm_segment
    from {{ ref('rfm_scores') }}
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

marketing_consents as (
    select
        contact_point_type,
        contact_point,
        channel,
        is_granted
    from {{ ref('consents') }}
    where purpose = 'marketing'
),

customer_360 as (
    select
        customers.customer_id,
        customers.is_identified,
        customers.has_account,
        customers.email,
        customers.phone,
        customers.first_name,
        customers.last_name,
        customers.country_code,
        customers.city,
        customers.postcode,
        customers.first_seen_at,
        customers.last_seen_at,
        customers.records_count,
        customers.sources_count,
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
        cast(coalesce(lifetime_values.historic_revenue, 0) as decimal(18, 2))
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
        coalesce(email_consents.is_granted, false) as may_email_marketing,
        coalesce(sms_consents.is_granted, false) as may_sms_marketing
    from customers
    left join histories on customers.customer_id = histories.customer_id
    left join stages on customers.customer_id = stages.customer_id
    left join lifetime_values on customers.customer_id = lifetime_values.customer_id
    left join rfm_scores on customers.customer_id = rfm_scores.customer_id
    left join first_touches on customers.customer_id = first_touches.customer_id
    left join visits on customers.customer_id = visits.customer_id
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

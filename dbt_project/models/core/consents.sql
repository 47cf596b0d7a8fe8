-- Of one contact point, channel and purpose the latest decision holds; of two at one
-- moment the withdrawal.
with ranked as (
    select
        *,
        row_number() over (
            partition by contact_point_type, contact_point, channel, purpose
            order by
                decided_at desc,
                case when state = 'granted' then 1 else 0 end,
                consent_record_id desc
        ) as decision_rank,
        count(*) over (
            partition by contact_point_type, contact_point, channel, purpose
        ) as decisions_count
    from {{ ref('consent_decisions') }}
),

consents as (
    select
        {{ keyed_hash(
            "contact_point_type || ':' || contact_point || ':' || channel"
            ~ " || ':' || purpose"
        ) }} as consent_id,
        contact_point_type,
        contact_point,
        channel,
        purpose,
        state,
        state = 'granted' and is_reachable as is_granted,
        is_reachable,
        legal_basis,
        collected_by,
        decided_at,
        cast(decisions_count as integer) as decisions_count,
        consent_record_id
    from ranked
    where decision_rank = 1
)

select * from consents

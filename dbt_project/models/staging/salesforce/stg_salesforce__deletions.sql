-- A converted lead is what its contact was before: it stands in the CRM as long as that does.
with contacts as (
    select
        record_id,
        deleted_at
    from {{ ref('stg_salesforce__contacts') }}
),

leads as (
    select
        record_id,
        deleted_at
    from {{ ref('stg_salesforce__leads') }}
),

conversions as (
    select
        record_id,
        merged_record_id
    from {{ ref('stg_salesforce__merges') }}
),

deletions as (
    select
        record_id,
        deleted_at
    from contacts
    union all
    select
        leads.record_id,
        coalesce(leads.deleted_at, contacts.deleted_at) as deleted_at
    from leads
    left join conversions on leads.record_id = conversions.merged_record_id
    left join contacts on conversions.record_id = contacts.record_id
)

select * from deletions

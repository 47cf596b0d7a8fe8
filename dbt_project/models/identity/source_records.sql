-- A source that says something about persons joins here: one line.
with person_records as (
    {{ union_relations(
        [
            ref('stg_shopify__customers'),
            ref('stg_shopify__orders'),
            ref('stg_shopify__checkouts'),
            ref('stg_stripe__charges'),
            ref('stg_stripe__customers'),
            ref('stg_hubspot__contacts'),
            ref('stg_salesforce__leads'),
            ref('stg_salesforce__contacts'),
            ref('stg_zendesk__users'),
            ref('stg_klaviyo__profiles'),
            ref('stg_web__devices'),
            ref('stg_web__logins'),
            ref('stg_cdnow__customers'),
            ref('stg_online_retail__customers'),
        ],
        columns=[
            'source_name',
            'record_id',
            'identifiers',
            'country_code',
            'first_name',
            'last_name',
            'city',
            'postcode',
            'first_seen_at',
            'last_seen_at',
        ],
    ) }}
)

select * from person_records

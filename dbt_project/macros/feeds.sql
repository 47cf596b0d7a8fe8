{# Written by `make lint` from `feeds` in ingestion/sources/*.yml: do not edit.
   A night and `clientele dbt` hand over what the files say at that moment. #}
{% macro feeds() -%}
    {{ return(var('feeds', {
        'people': [
            'stg_cdnow__customers',
            'stg_hubspot__contacts',
            'stg_klaviyo__profiles',
            'stg_online_retail__customers',
            'stg_salesforce__leads',
            'stg_salesforce__contacts',
            'stg_shopify__customers',
            'stg_shopify__orders',
            'stg_shopify__checkouts',
            'stg_stripe__charges',
            'stg_stripe__customers',
            'stg_web__devices',
            'stg_web__logins',
            'stg_zendesk__users',
        ],
        'deletions': [
            'stg_hubspot__contacts',
            'stg_klaviyo__profiles',
            'stg_salesforce__deletions',
            'stg_shopify__customers',
            'stg_stripe__customers',
            'stg_zendesk__users',
        ],
        'personal_details': [
            'stg_hubspot__contacts',
            'stg_salesforce__leads',
            'stg_salesforce__contacts',
            'stg_shopify__customers',
            'stg_stripe__customers',
        ],
        'merges': [
            'stg_hubspot__merges',
            'stg_salesforce__merges',
        ],
        'consents': [
            'stg_consent__records',
            'stg_salesforce__opt_outs',
        ],
        'orders': [
            'stg_cdnow__orders',
            'stg_online_retail__orders',
            'stg_shopify__orders',
        ],
        'order_lines': [
            'stg_cdnow__order_lines',
            'stg_online_retail__order_lines',
            'stg_shopify__order_lines',
        ],
        'order_discounts': [
            'stg_shopify__order_discounts',
        ],
        'payments': [
            'stg_cdnow__payments',
            'stg_online_retail__payments',
            'stg_shopify__transactions',
        ],
        'refunds': [
            'stg_online_retail__refunds',
            'stg_shopify__refunds',
        ],
        'disputes': [
            'stg_shopify__disputes',
            'stg_stripe__disputes',
        ],
        'checkouts': [
            'stg_shopify__checkouts',
        ],
        'products': [
            'stg_shopify__products',
        ],
        'variants': [
            'stg_shopify__variants',
        ],
        'variant_costs': [
            'stg_shopify__inventory_costs',
        ],
        'ad_spend': [
            'stg_google_ads__campaign_days',
            'stg_meta_ads__campaign_days',
        ],
        'ledger_lines': [
            'stg_online_retail__ledger_lines',
        ],
        'ledger_refunds': [
            'stg_online_retail__refunds',
        ],
    })) }}
{%- endmacro %}

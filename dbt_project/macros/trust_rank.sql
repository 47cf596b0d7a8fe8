{# How far a kind of record is trusted to know a person's name and addresses, 1 the most; the kind
   is the part of the record id before the colon. #}
{% macro trust_rank(record_kind) -%}
    case {{ record_kind }}
        when 'shopify_customers' then 1
        when 'shopify_orders' then 2
        when 'hubspot_contacts' then 3
        when 'salesforce_contacts' then 3
        when 'stripe_charges' then 4
        when 'stripe_customers' then 4
        when 'shopify_checkouts' then 5
        when 'salesforce_leads' then 5
        when 'klaviyo_profiles' then 5
        when 'zendesk_users' then 5
        when 'web_logins' then 6
        else 9
    end
{%- endmacro %}

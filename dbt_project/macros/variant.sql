{# Which way of a campaign a customer gets: decided by a keyed hash of campaign and customer, so
   that it is the same every night and on every rebuild, and independent from campaign to campaign.
   `shares` are hundredths, in order. #}
{% macro variant(campaign, customer_id, shares) -%}
    {%- set digits = "left(" ~ keyed_hash("'" ~ campaign ~ ":' || " ~ customer_id) ~ ", 7)" -%}
    {%- set bucket = "cast('0x' || " ~ digits ~ " as integer) % 100" -%}
    {%- set upto = namespace(share=0) -%}
    case
    {%- for name, share in shares.items() %}
        {%- set upto.share = upto.share + share %}
        when {{ bucket }} < {{ upto.share }} then '{{ name }}'
    {%- endfor %}
    end
    {%- if upto.share != 100 %}
        {{ exceptions.raise_compiler_error(
            "campaign " ~ campaign ~ ": the shares of its flows are " ~ upto.share
            ~ " hundredths; give each a share so that they add up to 100"
        ) }}
    {%- endif %}
{%- endmacro %}

{# How a customer's abandoned carts are followed up. #}
{% macro cart_flow(customer_id) -%}
    {{ variant('cart', customer_id, var('cart_flows')) }}
{%- endmacro %}

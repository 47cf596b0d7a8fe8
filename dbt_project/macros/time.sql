{#- Between UTC, in which every timestamp is kept, and the shop's own days. -#}

{# The shop's local date of a UTC timestamp. #}
{% macro local_date(timestamp) -%}
    {{ return(adapter.dispatch('local_date')(timestamp)) }}
{%- endmacro %}

{% macro duckdb__local_date(timestamp) -%}
    cast(timezone({{ shop_time_zone() }}, timezone('UTC', {{ timestamp }})) as date)
{%- endmacro %}

{% macro default__local_date(timestamp) -%}
    cast(from_utc_timestamp({{ timestamp }}, {{ shop_time_zone() }}) as date)
{%- endmacro %}


{# Noon of a shop-local date as a UTC timestamp: noon exists on every day in every zone, midnight
   does not. #}
{% macro local_noon(date) -%}
    {{ return(adapter.dispatch('local_noon')(date)) }}
{%- endmacro %}

{% macro duckdb__local_noon(date) -%}
    timezone('UTC', timezone({{ shop_time_zone() }}, {{ date }} + interval 12 hours))
{%- endmacro %}

{% macro default__local_noon(date) -%}
    to_utc_timestamp({{ date }} + interval 12 hours, {{ shop_time_zone() }})
{%- endmacro %}


{# A UTC timestamp as ISO 8601 text. #}
{% macro iso_text(timestamp) -%}
    {{ return(adapter.dispatch('iso_text')(timestamp)) }}
{%- endmacro %}

{% macro duckdb__iso_text(timestamp) -%}
    strftime({{ timestamp }}, '%Y-%m-%dT%H:%M:%SZ')
{%- endmacro %}

{% macro default__iso_text(timestamp) -%}
    date_format({{ timestamp }}, "yyyy-MM-dd'T'HH:mm:ss'Z'")
{%- endmacro %}

{#- What one run holds constant. On DuckDB these are session variables that the warehouse connection
   sets; elsewhere SQL session variables of the same names. -#}

{# The run's moment: a naive UTC timestamp. Models use it wherever others would ask the clock. #}
{% macro as_of() -%}
    {{ return(adapter.dispatch('session_value')('as_of', 'timestamp')) }}
{%- endmacro %}

{# The last complete day of the shop, a date. #}
{% macro as_of_date() -%}
    {{ return(adapter.dispatch('session_value')('as_of_date', 'date')) }}
{%- endmacro %}

{# The shop's time zone by its IANA name. #}
{% macro shop_time_zone() -%}
    {{ return(adapter.dispatch('session_value')('shop_time_zone', 'varchar')) }}
{%- endmacro %}

{# The shop's own currency, for amounts that name none (ISO 4217). #}
{% macro shop_currency() -%}
    {{ return(adapter.dispatch('session_value')('shop_currency', 'varchar')) }}
{%- endmacro %}

{# The currency of every reported amount (ISO 4217). #}
{% macro reporting_currency() -%}
    {{ return(adapter.dispatch('session_value')('reporting_currency', 'varchar')) }}
{%- endmacro %}

{# The share of net revenue of goods that remains after their cost, between 0 and 1. #}
{% macro gross_margin() -%}
    {{ return(adapter.dispatch('session_value')('gross_margin', 'decimal(9,4)')) }}
{%- endmacro %}

{# The share of net revenue of shipping that remains after its cost, at most 1. #}
{% macro shipping_margin() -%}
    {{ return(adapter.dispatch('session_value')('shipping_margin', 'decimal(9,4)')) }}
{%- endmacro %}

{# The sources that are matched by name, separated by commas. #}
{% macro match_sources() -%}
    {{ return(adapter.dispatch('session_value')('match_sources', 'varchar')) }}
{%- endmacro %}


{% macro duckdb__session_value(name, type) -%}
    cast(getvariable('{{ name }}') as {{ type }})
{%- endmacro %}

{% macro default__session_value(name, type) -%}
    cast(session.{{ name }} as {{ type }})
{%- endmacro %}

{# How often one whole number fits into another, both positive; what is left over is the remainder
   `%`. #}
{% macro whole_division(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_division')(dividend, divisor)) }}
{%- endmacro %}

{% macro duckdb__whole_division(dividend, divisor) -%}
    ({{ dividend }} // {{ divisor }})
{%- endmacro %}

{% macro default__whole_division(dividend, divisor) -%}
    ({{ dividend }} div {{ divisor }})
{%- endmacro %}

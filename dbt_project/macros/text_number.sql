{# A 64-bit number of a text, for comparing and joining inside one statement or run. Not stable between versions of an
   engine: never stored. #}
{% macro text_number(expression) -%}
    {{ return(adapter.dispatch('text_number')(expression)) }}
{%- endmacro %}

{% macro duckdb__text_number(expression) -%}
    hash({{ expression }})
{%- endmacro %}

{% macro default__text_number(expression) -%}
    xxhash64({{ expression }})
{%- endmacro %}

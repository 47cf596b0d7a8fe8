{# 32 hex digits of a value under the installation's secret: the same on every machine that holds
   it, and nobody else can tell whose it is. Used for customer ids and for refused values. #}
{% macro keyed_hash(expression) -%}
    {{ return(adapter.dispatch('keyed_hash')(expression)) }}
{%- endmacro %}

{% macro duckdb__keyed_hash(expression) -%}
    left(sha256(getvariable('customer_id_key') || ({{ expression }})), 32)
{%- endmacro %}

{% macro default__keyed_hash(expression) -%}
    left(sha2(concat(session.customer_id_key, {{ expression }}), 256), 32)
{%- endmacro %}

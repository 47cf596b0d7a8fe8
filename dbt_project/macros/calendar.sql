{# One row per day, column calendar_date, from one date of a one-row relation to another; no row when either is null. #}
{% macro calendar_days(bounds, first, last) -%}
    {{ return(adapter.dispatch('calendar_days')(bounds, first, last)) }}
{%- endmacro %}

{% macro duckdb__calendar_days(bounds, first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }}, interval '1 day')) as date) as calendar_date
    from {{ bounds }}
{%- endmacro %}

{% macro default__calendar_days(bounds, first, last) -%}
    select explode(sequence({{ first }}, {{ last }}, interval 1 day)) as calendar_date
    from {{ bounds }}
{%- endmacro %}

{#- Days: counting and listing them. -#}

{# Whole days from one date to another; negative when the second is earlier. #}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between')(first, last)) }}
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
    ({{ last }} - {{ first }})
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}


{# One row per day (column calendar_date) from one date column of a one-row relation to another, both included; none when
   either is null. #}
{% macro calendar_days(bounds, first, last) -%}
    {{ return(adapter.dispatch('calendar_days')(bounds, first, last)) }}
{%- endmacro %}

{% macro duckdb__calendar_days(bounds, first, last) -%}
    select
        cast(
            unnest(generate_series({{ first }}, {{ last }}, interval '1 day')) as date
        ) as calendar_date
    from {{ bounds }}
{%- endmacro %}

{% macro default__calendar_days(bounds, first, last) -%}
    select explode(sequence({{ first }}, {{ last }}, interval 1 day)) as calendar_date
    from {{ bounds }}
{%- endmacro %}

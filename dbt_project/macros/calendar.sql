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


{# One row per day (column calendar_date) from one date column of a one-row relation to another,
   both included; none when either is null. #}
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


{# One row per row of a relation and month (column calendar_month, its first day), from the month of
   one date column to that of another, both included; `keep`: columns that stay beside it. #}
{% macro calendar_months(relation, first, last, keep) -%}
    {{ return(adapter.dispatch('calendar_months')(relation, first, last, keep)) }}
{%- endmacro %}

{% macro duckdb__calendar_months(relation, first, last, keep) -%}
    select
        {{ keep | join(', ') }},
        cast(
            unnest(generate_series(
                date_trunc('month', {{ first }}),
                date_trunc('month', {{ last }}),
                interval '1 month'
            )) as date
        ) as calendar_month
    from {{ relation }}
{%- endmacro %}

{% macro default__calendar_months(relation, first, last, keep) -%}
    select
        {{ keep | join(', ') }},
        explode(sequence(
            trunc({{ first }}, 'month'), trunc({{ last }}, 'month'), interval 1 month
        )) as calendar_month
    from {{ relation }}
{%- endmacro %}


{# Whole months from one first day of a month to another. #}
{% macro months_between_firsts(first, last) -%}
    ((year({{ last }}) - year({{ first }})) * 12 + month({{ last }}) - month({{ first }}))
{%- endmacro %}

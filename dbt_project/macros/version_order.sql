{# A value that sorts versions of one thing from old to new, for max_by(): time, then arrival, then
   line. #}
{% macro version_order(time) -%}
    {{ return(adapter.dispatch('version_order')(time)) }}
{%- endmacro %}

{% macro duckdb__version_order(time) -%}
    row({{ time }}, _arrival, _line_number)
{%- endmacro %}

{% macro default__version_order(time) -%}
    struct({{ time }}, _arrival, _line_number)
{%- endmacro %}

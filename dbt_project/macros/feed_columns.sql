{# Name → type of a relation's columns; empty where it is not built, as in a unit test. #}
{% macro feed_columns(relation) -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do found.update({column.name: column.dtype | lower | replace(' ', '')}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

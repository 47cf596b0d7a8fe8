{#- One column that holds several things → one row for each, or the one that is asked for. -#}

{# In a select list: the objects of a JSON array, one row each, as a struct of the named fields. One
   object without an array around it is one row: what turns XML into JSON writes a list of one so.
   fields: {JSON key: SQL type}. A value that does not fit its type becomes null; tests ask for the
   ones that must be there. #}
{% macro json_records(column, fields) -%}
    {{ return(adapter.dispatch('json_records')(column, fields)) }}
{%- endmacro %}

{% macro duckdb__json_records(column, fields) -%}
    unnest(
        json_transform(
            {{ listed(column) }},
            '[{
                {%- for name, type in fields.items() -%}
                "{{ name }}": "{{ type | upper }}"{% if not loop.last %}, {% endif %}
                {%- endfor -%}
            }]'
        )
    )
{%- endmacro %}

{% macro default__json_records(column, fields) -%}
    explode(
        from_json(
            {{ listed(column) }},
            'array<struct<
                {%- for name, type in fields.items() -%}
                {{ name }}: {{ 'string' if type == 'varchar' else type }}
                {%- if not loop.last %}, {% endif %}
                {%- endfor -%}
            >>'
        )
    )
{%- endmacro %}


{% macro listed(column) -%}
    case when substr({{ column }}, 1, 1) = '{' then '[' || {{ column }} || ']' else {{ column }} end
{%- endmacro %}


{# In a select list: the parts of a delimited text, one row each. #}
{% macro text_parts(column, delimiter) -%}
    {{ return(adapter.dispatch('text_parts')(column, delimiter)) }}
{%- endmacro %}

{% macro duckdb__text_parts(column, delimiter) -%}
    unnest(string_split({{ column }}, '{{ delimiter }}'))
{%- endmacro %}

{% macro default__text_parts(column, delimiter) -%}
    explode(split({{ column }}, '{{ delimiter }}'))
{%- endmacro %}


{# In a select list: the entries of a map, one row each, as a struct of key and value. #}
{% macro map_rows(column) -%}
    {{ return(adapter.dispatch('map_rows')(column)) }}
{%- endmacro %}

{% macro duckdb__map_rows(column) -%}
    unnest(map_entries({{ column }}))
{%- endmacro %}

{% macro default__map_rows(column) -%}
    explode(map_entries({{ column }}))
{%- endmacro %}


{# One member of a JSON object as text; null when it is missing. #}
{% macro json_member(column, key) -%}
    {{ return(adapter.dispatch('json_member')(column, key)) }}
{%- endmacro %}

{% macro duckdb__json_member(column, key) -%}
    json_extract_string({{ column }}, '$."{{ key }}"')
{%- endmacro %}

{% macro default__json_member(column, key) -%}
    get_json_object({{ column }}, '$["{{ key }}"]')
{%- endmacro %}

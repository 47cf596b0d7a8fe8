{#- Where models are written: schema = the layer's word, catalog = the alias under which the
   generation is attached. -#}

{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- if custom_database_name is not none -%}
        {{ custom_database_name | trim }}
    {%- elif target.type == 'duckdb' -%}
        {{ 'dev' if target.name == 'dev' else 'clientele' }}
    {%- else -%}
        {{ target.database }}
    {%- endif -%}
{%- endmacro %}


{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

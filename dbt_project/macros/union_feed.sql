{# The staging models that the sources declare for a feed (`feeds` in ingestion/sources/*.yml), one
   below the other.
   columns: {name: type}. A model whose column is missing or of another type is an error that names
   the model's file: a union would turn a time into a text and say nothing. #}
{% macro union_feed(feed, columns) -%}
    {%- set relations = [] -%}
    {%- for model in feeds()[feed] -%}
        {%- do relations.append(ref(model)) -%}
        {%- do check_feed_columns(feed, model, ref(model), columns) -%}
    {%- endfor -%}
    {%- if relations -%}
        {{ union_relations(relations, columns.keys() | list) }}
    {%- else -%}
        select
        {%- for name, type in columns.items() %}
            cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
        where false
    {%- endif -%}
{%- endmacro %}


{% macro check_feed_columns(feed, model, relation, columns) -%}
    {%- if execute -%}
        {%- set found = {} -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do found.update({column.name: column.dtype | lower | replace(' ', '')}) -%}
        {%- endfor -%}
        {%- for name, type in columns.items() if found -%}
            {%- if found.get(name) != type | replace(' ', '') -%}
                {%- set source = model.split('__')[0][4:] -%}
                {{ exceptions.raise_compiler_error(
                    'feed ' ~ feed ~ ': column ' ~ name ~ ' of ' ~ model ~ ' is '
                    ~ (found.get(name) or 'missing') ~ ', ' ~ type ~ ' is wanted; cast it in'
                    ~ ' dbt_project/models/staging/' ~ source ~ '/' ~ model ~ '.sql'
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The staging models that the sources declare for a feed (`feeds` in ingestion/sources/*.yml), one
   below the other.
   columns: {name: type}. A model whose column is missing or of another type is an error that names
   the model's file: a union would turn a time into a text and say nothing.
   optional: columns that a model may leave out; they are null then. #}
{% macro union_feed(feed, columns, optional={}) -%}
    {%- set wanted = dict(columns, **optional) -%}
    {%- for model in feeds()[feed] %}
    {%- set found = feed_columns(ref(model)) -%}
    {%- do check_feed_columns(feed, model, found, columns, optional) %}
    select
        {%- for name, type in wanted.items() %}
        {% if found and name not in found -%}
            cast(null as {{ type }}) as {{ name }}
        {%- else -%}
            {{ name }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
        select
        {%- for name, type in wanted.items() %}
            cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
        where false
    {%- endfor -%}
{%- endmacro %}


{% macro check_feed_columns(feed, model, found, columns, optional) -%}
    {%- for name, type in dict(columns, **optional).items() if found -%}
        {%- set is_left_out = name in optional and name not in found -%}
        {%- if not is_left_out and found.get(name) != type | replace(' ', '') -%}
            {%- set source = model.split('__')[0][4:] -%}
            {{ exceptions.raise_compiler_error(
                'feed ' ~ feed ~ ': column ' ~ name ~ ' of ' ~ model ~ ' is '
                ~ (found.get(name) or 'missing') ~ ', ' ~ type ~ ' is wanted; cast it in'
                ~ ' dbt_project/models/staging/' ~ source ~ '/' ~ model ~ '.sql'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# A map of identifier type → raw value of one record; types without a value are left out.
   pairs: {type: SQL expression giving text}. The types are those of the model identifier_types. #}
{% macro identifier_map(pairs) -%}
    {{ return(adapter.dispatch('identifier_map')(pairs)) }}
{%- endmacro %}

{% macro duckdb__identifier_map(pairs) -%}
    map_from_entries(
        list_filter(
            [
                {%- for type, expression in pairs.items() %}
                {'k': '{{ type }}', 'v': nullif(trim({{ expression }}), '')}
                {%- if not loop.last %},{% endif %}
                {%- endfor %}
            ],
            lambda pair: pair.v is not null
        )
    )
{%- endmacro %}

{% macro default__identifier_map(pairs) -%}
    map_filter(
        map(
            {%- for type, expression in pairs.items() %}
            '{{ type }}', nullif(trim({{ expression }}), '')
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ),
        (identifier_type, raw_value) -> raw_value is not null
    )
{%- endmacro %}


{# A text in lower case without the quotes and brackets around it: `(None)`, `"none"` and `[none]`
   are one word. #}
{% macro bare_word(expression) -%}
    trim(both ' "''`()[]{}<>#.,' from lower({{ expression }}))
{%- endmacro %}

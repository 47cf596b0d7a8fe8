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


{# A text without what nobody sees at its ends: control characters, spaces of every width, marks of
   direction, joiners, the mark of byte order. Numbers are those of Unicode. #}
{% macro seen_text(expression) -%}
    trim(
        both ' '
        {%- for number in [
            9, 10, 11, 12, 13, 133, 160, 173, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199,
            8200, 8201, 8202, 8203, 8204, 8205, 8206, 8207, 8232, 8233, 8234, 8235, 8236, 8237,
            8238, 8239, 8287, 8288, 8294, 8295, 8296, 8297, 12288, 65279
        ] %} || chr({{ number }}){% endfor %} from {{ expression }}
    )
{%- endmacro %}

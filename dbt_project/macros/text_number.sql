{# A 64-bit number of a text, for comparing and joining inside one statement or run. Not stable
   between versions of an engine: never stored.

   DuckDB's hash of a text alone is not enough: texts that differ in the last bytes of two of its
   eight-byte words often share it (of 729,000 texts made so, 272 hashes; of ten million addresses
   with counters in them, 290 pairs). Hashed once more from another place on, the same bytes fall
   elsewhere in their words. #}
{% macro text_number(expression) -%}
    {{ return(adapter.dispatch('text_number')(expression)) }}
{%- endmacro %}

{% macro duckdb__text_number(expression) -%}
    hash({{ expression }}, substr({{ expression }}, 5))
{%- endmacro %}

{% macro default__text_number(expression) -%}
    xxhash64({{ expression }})
{%- endmacro %}

{# A text as a date where it is written yyyy-mm-dd and is one; else null: 02/03/1980 could be two
   days. #}
{% macro iso_date(text) -%}
    case
        when regexp_matches(trim({{ text }}), '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')
            then try_cast(trim({{ text }}) as date)
    end
{%- endmacro %}

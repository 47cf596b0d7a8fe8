{# An e-mail address as it is compared: trimmed, lower case, one form of composed letters. Dots and plus-tags stay:
   they are different mailboxes at most providers. #}
{% macro normalised_email(expression) -%}
    {{ return(adapter.dispatch('normalised_email')(expression)) }}
{%- endmacro %}

{% macro duckdb__normalised_email(expression) -%}
    lower(nfc_normalize(trim({{ expression }})))
{%- endmacro %}

{% macro default__normalised_email(expression) -%}
    lower(trim({{ expression }}))
{%- endmacro %}

{# An e-mail address as it is compared: trimmed, lower case, one form of composed letters, the
   domain as the name system has it (xn--…). Dots and plus-tags stay: they are different mailboxes
   at most providers. #}
{% macro normalised_email(expression) -%}
    {{ return(adapter.dispatch('normalised_email')(expression)) }}
{%- endmacro %}

{% macro duckdb__normalised_email(expression) -%}
    {%- set composed = "lower(nfc_normalize(trim(" ~ expression ~ ")))" -%}
    {# Nested: the branches of one `case` are not kept apart, and few domains need the function. #}
    case
        when strlen({{ expression }}) = length({{ expression }}) then lower(trim({{ expression }}))
        else case
            when regexp_matches({{ expression }}, '@.*[^\x00-\x7F]')
                then ascii_domain({{ composed }})
            else {{ composed }}
        end
    end
{%- endmacro %}

{% macro default__normalised_email(expression) -%}
    lower(trim({{ expression }}))
{%- endmacro %}

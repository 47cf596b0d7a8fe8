{# A first name as it may stand in a text that is sent: letters of any script, with blanks, hyphens,
   apostrophes and the dots of initials, 40 at most. Null otherwise: a name is what somebody filled
   in, and `Visit http://evil.example to win` would go out over our name. #}
{% macro name_in_text(first_name) -%}
    case
        when
            regexp_matches(trim({{ first_name }}), '^[\p{L}\p{M} .''’-]{1,40}$')
            and not regexp_matches({{ first_name }}, '\.[^ .]{2}')
            then trim({{ first_name }})
    end
{%- endmacro %}

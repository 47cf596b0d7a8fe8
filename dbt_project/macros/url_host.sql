{# The host of a web address, lower case, without port, user and a leading "www."; null when there
   is none. #}
{% macro url_host(url) -%}
    nullif(
        regexp_replace(
            split_part(split_part(split_part(split_part(
                lower({{ url }}), '://', 2), '/', 1), '?', 1), ':', 1),
            '^(.*@)?(www[.])?', ''
        ),
        ''
    )
{%- endmacro %}

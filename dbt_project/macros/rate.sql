{# A part of a whole to four places; null when there is no whole. #}
{% macro rate(part, whole) -%}
    cast(1.0 * ({{ part }}) / nullif({{ whole }}, 0) as decimal(18, 4))
{%- endmacro %}

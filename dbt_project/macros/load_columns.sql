{# What every raw table carries beside the columns of its contract. #}
{% macro load_columns() -%}
    {{ return(['_extra', '_file_id', '_line_number', '_arrival', '_loaded_at', '_is_deleted']) }}
{%- endmacro %}

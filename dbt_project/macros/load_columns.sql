{# What every raw table carries beside the columns of its contract: of the load, then of the
   account: its name, what stands before the ids that it numbers by itself (nothing for the first
   account of a vendor), the source of orders that its records speak of, and the currency of
   amounts that name none. #}
{% macro load_columns() -%}
    {{ return([
        '_extra', '_file_id', '_line_number', '_arrival', '_loaded_at', '_is_deleted',
        '_source', '_prefix', '_shop', '_currency',
    ]) }}
{%- endmacro %}

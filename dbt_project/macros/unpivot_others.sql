{# A query that turns every column of a relation except the named ones into rows (column name,
   value); nulls are left out. The load columns are never unpivoted. #}
{% macro unpivot_others(relation, source, keep, name_column, value_column) -%}
    {{ return(adapter.dispatch('unpivot_others')(
        relation, source, keep, name_column, value_column
    )) }}
{%- endmacro %}

{% macro duckdb__unpivot_others(relation, source, keep, name_column, value_column) -%}
    unpivot {{ relation }}
    on columns(* exclude ({{ (keep + load_columns()) | join(', ') }}))
    into name {{ name_column }} value {{ value_column }}
{%- endmacro %}

{% macro default__unpivot_others(relation, source, keep, name_column, value_column) -%}
    {%- set columns = adapter.get_columns_in_relation(source) | map(attribute='name')
        if execute else ['none'] -%}
    select *
    from {{ relation }}
    unpivot (
        {{ value_column }} for {{ name_column }} in (
            {{ columns | reject('in', keep + load_columns()) | join(', ') }}
        )
    )
{%- endmacro %}

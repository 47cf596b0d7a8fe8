{#- Column comments in one statement. The adapter's own macro asks for the table's columns a second
   time, right after dbt has done so. -#}

{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- for column_name, column in column_dict.items() %}
        comment on column {{ relation }}.{{ adapter.quote(column_name) }}
        is '{{ column['description'] | replace("'", "''") }}';
    {%- endfor %}
{% endmacro %}

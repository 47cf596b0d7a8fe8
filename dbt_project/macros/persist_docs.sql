{#- The comments of a table and of its columns, in one statement. dbt's own macro asks for the
   table's columns first and leaves out a column that is documented and not there; here that is the
   engine's error, which names the column. -#}

{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() and model.columns -%}
        {%- do comments.append(alter_column_comment(relation, model.columns)) -%}
    {%- endif -%}
    {%- if comments -%}
        {%- do run_query(comments | join('\n')) -%}
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- for column_name, column in column_dict.items() %}
        comment on column {{ relation }}.{{ adapter.quote(column_name) }}
        is '{{ column['description'] | replace("'", "''") }}';
    {%- endfor %}
{% endmacro %}

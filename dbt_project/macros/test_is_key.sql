{# A column that identifies its rows: no null and no value twice, in one query. Rows: each wrong
   value and how often it stands. #}
{% test is_key(model, column_name) %}
    select
        {{ column_name }} as key_value,
        count(*) as rows_count
    from {{ model }}
    group by {{ column_name }}
    having count(*) > 1 or {{ column_name }} is null
{% endtest %}

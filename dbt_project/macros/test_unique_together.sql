{# The named columns together are unique; nulls count as a value. #}
{% test unique_together(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as rows_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

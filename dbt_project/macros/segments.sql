{# Who is in which segment now: one row per segment of the project variable `segments` and customer.
   A segment is a model seg_<name> with a column customer_id; listing it there is all it takes to
   have it followed. Segments with one `list` compete for people: the lowest `priority` has them. #}
{% macro segment_members() -%}
    {%- for name, settings in var('segments').items() %}
    select
        '{{ name }}' as segment,
        customer_id,
        {{ settings.version }} as segment_version,
        '{{ settings.list or name }}' as list_name,
        {{ settings.priority or 0 }} as priority
    from {{ ref('seg_' ~ name) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}


{# Who was deleted at the source is in no segment: dbt_project.yml has this after every model of the
   layer, so that whoever writes one need not think of it. It takes them out of seg_<name>. #}
{% macro without_the_deleted() -%}
    {%- if model.name.startswith('seg_') -%}
    delete from {{ this }}
    where customer_id in (select customer_id from {{ ref('deleted_customers') }})
    {%- endif -%}
{%- endmacro %}

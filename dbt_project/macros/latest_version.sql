{# The newest row of each key: by the version column when there is one, then by arrival, then by
   line, so that the winner never depends on the order in which rows are read. A record that its
   source deleted keeps its newest row: `_is_deleted` says so.
   columns: what to keep (default: all). A key is good within one account (`_source`). #}
{% macro latest_version(relation, key, version=none, columns=['*']) -%}
    {{ return(adapter.dispatch('latest_version')(relation, key, version, columns)) }}
{%- endmacro %}

{% macro duckdb__latest_version(relation, key, version, columns) -%}
    select {{ columns | join(', ') }}
    from {{ relation }}
    qualify
        row_number() over (
            partition by {{ (['_source'] + key) | join(', ') }}
            order by
                {% if version %}{{ version }} desc nulls last, {% endif -%}
                _arrival desc, _line_number desc
        ) = 1
{%- endmacro %}

{% macro default__latest_version(relation, key, version, columns) -%}
    select {{ columns | join(', ') }}
    from (
        select
            *,
            row_number() over (
                partition by {{ (['_source'] + key) | join(', ') }}
                order by
                    {% if version %}{{ version }} desc nulls last, {% endif -%}
                    _arrival desc, _line_number desc
            ) as _version_number
        from {{ relation }}
    ) as versions
    where _version_number = 1
{%- endmacro %}


{# Every version, with whether and when the newest one of its key says that the record is gone
   (`_is_gone`, `_told_at`): for sources that tell no more of it by then than the key. Its latest
   version of before is the one to keep: by version `deleted is not true desc, <version>`. #}
{% macro versions_with_deletion(relation, key, version=none) -%}
    select
        *,
        first_value(coalesce(deleted, false) or coalesce(_is_deleted, false)) over newest
            as _is_gone,
        first_value({{ version or '_loaded_at' }}) over newest as _told_at
    from {{ relation }}
    window
        newest as (
            partition by _source, {{ key }}
            order by
                {% if version %}{{ version }} desc nulls last, {% endif -%}
                _arrival desc, _line_number desc
        )
{%- endmacro %}

{# The last three characters of a Salesforce id, worked out of its first fifteen: each tells which
   of five letters are capitals, so that systems that do not know case can hold the id. #}
{% macro salesforce_suffix(first_fifteen) -%}
    {%- for block in range(3) -%}
        substr(
            '{{ salesforce_suffix_letters() }}',
            1
            {%- for bit in range(5) %}
            + case
                when
                    substr({{ first_fifteen }}, {{ block * 5 + bit + 1 }}, 1) between 'A' and 'Z'
                    then {{ 2 ** bit }}
                else 0
            end
            {%- endfor %},
            1
        )
        {{- ' || ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The first fifteen characters with the capitals that a suffix tells. #}
{% macro salesforce_capitals(first_fifteen, suffix) -%}
    {%- for place in range(15) -%}
        case
            when
                floor(
                    (
                        strpos(
                            '{{ salesforce_suffix_letters() }}',
                            substr({{ suffix }}, {{ place // 5 + 1 }}, 1)
                        ) - 1
                    ) / {{ 2 ** (place % 5) }}
                ) % 2 = 1
                then upper(substr({{ first_fifteen }}, {{ place + 1 }}, 1))
            else lower(substr({{ first_fifteen }}, {{ place + 1 }}, 1))
        end
        {{- ' || ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{% macro salesforce_suffix_letters() -%}
    ABCDEFGHIJKLMNOPQRSTUVWXYZ012345
{%- endmacro %}

{# An amount rounded to its currency's minor unit: to 0 digits (JPY), 2, or 3 (KWD). A quotient is a
   float: with eight digits of it, a half is a half. #}
{% macro round_money(amount, minor_units) -%}
    case {{ minor_units }}
        when 0 then round(cast({{ amount }} as decimal(28, 8)), 0)
        when 3 then round(cast({{ amount }} as decimal(28, 8)), 3)
        else round(cast({{ amount }} as decimal(28, 8)), 2)
    end
{%- endmacro %}

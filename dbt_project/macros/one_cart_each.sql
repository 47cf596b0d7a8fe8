{# Of carts that are followed up, the newest of each mailbox or handset (`contact`); none where
   somebody who is held out reads it, or the flows could not be compared. `addressed`: a CTE with
   every cart's flow and contact. #}
{% macro one_cart_each(carts, contact) -%}
    select *
    from {{ carts }}
    where {{ contact }} not in (select {{ contact }} from addressed where flow = 'holdout')
    qualify
        row_number() over (
            partition by {{ contact }} order by abandoned_at desc, checkout_id asc
        ) = 1
{%- endmacro %}

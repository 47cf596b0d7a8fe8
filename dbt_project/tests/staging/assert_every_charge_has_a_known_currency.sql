-- Minor units cannot be turned into money without it: add the currency to seeds/currencies.csv.
select
    charge_id,
    currency_code
from {{ ref('stg_stripe__charges') }}
where currency_code is not null and amount is null

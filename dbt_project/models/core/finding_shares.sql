-- How much of the last four weeks a rule is about: by number, and by money in reporting currency.
-- Money without a rate is in neither sum. A row without a day counts as of today.
with exchange_rates as (
    select
        currency_code,
        rate_date,
        exchange_rate
    from {{ ref('exchange_rates') }}
),

of_tables as (
    select
        rows_of_all.table_name,
        count(*) as rows_count,
        sum(abs(rows_of_all.amount) * exchange_rates.exchange_rate) as money
    from {{ ref('finding_rows') }} as rows_of_all
    left join exchange_rates
        on
            rows_of_all.currency_code = exchange_rates.currency_code
            and rows_of_all.happened_date = exchange_rates.rate_date
    where coalesce(rows_of_all.happened_date, {{ as_of_date() }}) > {{ as_of_date() }} - 28
    group by rows_of_all.table_name
),

of_rules as (
    select
        findings.rule,
        findings.table_name,
        count(*) as findings_count,
        sum(abs(findings.amount) * exchange_rates.exchange_rate) as money
    from {{ ref('findings') }} as findings
    left join exchange_rates
        on
            findings.currency_code = exchange_rates.currency_code
            and findings.happened_date = exchange_rates.rate_date
    where coalesce(findings.happened_date, {{ as_of_date() }}) > {{ as_of_date() }} - 28
    group by
        findings.rule,
        findings.table_name
),

finding_shares as (
    select
        of_rules.rule,
        of_rules.table_name,
        cast(of_rules.findings_count as integer) as findings_count,
        cast(
            of_rules.findings_count / nullif(of_tables.rows_count, 0) as decimal(9, 4)
        ) as rows_share,
        cast(
            least(coalesce(of_rules.money / nullif(of_tables.money, 0), 0), 99999)
            as decimal(9, 4)
        ) as money_share
    from of_rules
    left join of_tables on of_rules.table_name = of_tables.table_name
)

select * from finding_shares

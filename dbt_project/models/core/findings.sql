-- What is wrong in single rows: told, never a reason to stop a night by itself. A gate judges how
-- many there are of a rule (expectations/core/findings.py). A rule is a query here and a row in
-- seeds/finding_rules.csv.
with found as (
    select * from {{ ref('money_findings') }}
    union all
    select * from {{ ref('value_findings') }}
),

findings as (
    select
        {{ keyed_hash("found.rule || ':' || found.table_name || ':' || found.key") }} as finding_id,
        found.rule,
        rules.severity,
        found.table_name,
        found.key,
        found.happened_date,
        cast(found.amount as decimal(18, 3)) as amount,
        found.currency_code,
        rules.explanation,
        rules.remedy
    from found
    inner join {{ ref('finding_rules') }} as rules on found.rule = rules.rule
    union all
    select
        finding_id,
        rule,
        severity,
        table_name,
        key,
        cast(null as date) as happened_date,
        cast(null as decimal(18, 3)) as amount,
        cast(null as varchar) as currency_code,
        explanation,
        remedy
    from {{ ref('withdrawal_findings') }}
)

select * from findings

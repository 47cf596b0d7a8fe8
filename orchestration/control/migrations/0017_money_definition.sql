-- By which definition of revenue and purchases a night reckoned (money_definition in
-- dbt_project.yml): only figures of one definition are compared. The rows there are of the first.
alter table month_figures add column money_definition integer not null default 1;
alter table backtest_figures add column money_definition integer not null default 1;

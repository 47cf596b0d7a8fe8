-- What each night said of past months, where it was not what the night before had said: late data, month by month.
create table month_figures (
    calendar_month text not null,        -- its first day
    currency_code text not null,
    orders_count integer not null,
    gross_revenue text not null,         -- decimals, as they stood
    net_revenue text not null,
    as_of text not null,
    run_id text not null,
    primary key (calendar_month, currency_code, as_of)
) strict;

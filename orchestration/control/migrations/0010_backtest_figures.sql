-- What each night's hold-outs said of the model that it forecast by.
create table backtest_figures (
    origin_date text not null,
    horizon_days integer not null,
    days_back integer not null,
    model text not null,
    segment text not null,
    customers_count integer not null,
    actual_orders integer not null,
    expected_orders text not null,       -- decimals, as they stood
    actual_to_expected text not null,
    rmse text not null,
    mae text not null,
    rank_correlation text,
    as_of text not null,
    run_id text not null,
    primary key (as_of, horizon_days, segment, origin_date)
) strict;

-- How far each pull has come. It moves after the pulled file is durable in the landing zone, never before.
create table pull_states (
    pull text primary key,             -- <source>_<table>, as under `pulls` in the settings
    declared text not null,            -- fingerprint of what is pulled; another one begins afresh
    cursor text,                       -- the highest value pulled: a time (ISO 8601, UTC) or a whole number
    seen text not null,                -- JSON: digests of the rows beside the cursor
    run_id text not null
) strict;

-- When a content that is in raw was delivered again: a state that returns counts under its own day.
-- `as_of` is the night that saw it: a rebuild as of an earlier one does not know of it.
create table extract_days (
    source text not null,
    table_name text not null,
    sha256 text not null,
    business_date text not null,
    path text not null,                  -- below the landing zone
    arrival integer not null,            -- the last sequence of extract_files by then
    as_of text not null,
    forgotten_as_of text,                -- the night from which this delivery counts no more
    primary key (source, table_name, sha256, business_date, path, as_of)
) strict;

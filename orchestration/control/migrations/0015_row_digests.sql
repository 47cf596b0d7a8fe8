-- What the rows of each table add up to, kept by the triggers that digests.py makes: SQLite has no checksums of its own.
create table row_digests (
    table_name text primary key,
    digest integer not null              -- sum of its rows' CRC-32
) strict;

-- CRC-32 of the row's other columns, by whoever writes it.
alter table delivery_state add column digest integer;

-- In which night a finding opened, and in which it was gone: so it is known since when one is open.
create table finding_changes (
    finding_id text not null,
    change text not null check (change in ('opened', 'gone')),
    as_of text not null,
    run_id text not null,
    primary key (finding_id, as_of)
) strict;

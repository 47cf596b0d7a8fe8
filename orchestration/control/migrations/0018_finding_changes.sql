-- In which night a finding opened, and in which it was gone: how long the open ones have stood there.
create table finding_changes (
    finding_id text not null,
    change text not null check (change in ('opened', 'gone')),
    as_of text not null,
    run_id text not null,
    primary key (finding_id, as_of)
) strict;

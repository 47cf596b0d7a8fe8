-- What a sync owes: rows that a run planned and that no answer has settled, since the run that planned them first.
create table delivery_due (
    sync text not null,
    key text not null,
    due_at text not null,
    primary key (sync, key)
) without rowid;

alter table sync_runs add column oldest_unsent_at text;                      -- the oldest of them after the run
alter table sync_runs add column lag_seconds integer not null default 0;     -- from due to sent, of the row that waited longest
alter table sync_runs add column unreconciled integer not null default 0;    -- rows that the counts and the state tell differently

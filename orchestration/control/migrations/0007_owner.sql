-- Exactly one row: who this store is. Raw carries the same mark, so that two homes never take one raw for their own.
create table owner (
    owner_id text primary key
);
insert into owner (owner_id) values (lower(hex(randomblob(16))));

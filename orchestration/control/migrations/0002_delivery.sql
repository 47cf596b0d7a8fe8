-- Delivery: what each destination acknowledged, what is on its way, what waits for a person.

-- The last acknowledged state of each key at each destination.
create table delivery_state (
    sync text not null,
    key text not null,
    version integer not null,            -- the last one given out: a counter, so A → B → A is three sends
    payload_hash text,                   -- of the acknowledged payload, keyed; null when the destination holds nothing of ours
    tried_hash text,                     -- of the last payload that was refused, or never answered
    attempts integer not null default 0, -- runs in a row that refused tried_hash
    remote_id text,                      -- the destination's own id
    contact_hash text,                   -- keyed hash of the contact point whose consent carried the payload
    status text not null,                -- acknowledged | rejected | unknown | unsent | removed
    reason text,
    run_id text not null,
    updated_at text not null,
    primary key (sync, key)
) without rowid;

-- Rows that may have left the house and are not settled: at most one per key. A settled row is deleted, and its body with it.
create table outbox (
    sync text not null,
    key text not null,
    version integer not null,
    action text not null,                -- upsert | clear | remove | archive | delete
    idempotency_key text not null,       -- keyed hash of sync, key and version
    payload text,
    payload_hash text,
    remote_id text,
    contact_hash text,
    status text not null,                -- sending | unknown
    reason text,
    run_id text not null,
    queued_at text not null,
    primary key (sync, key)
) without rowid;

-- A plan that is not sent before a person approved exactly it.
create table holds (
    hold_id integer primary key,
    sync text not null,
    run_id text not null,
    reason text not null,
    plan_hash text not null,
    summary text not null,               -- JSON: adds, changes, removals
    plan text,                           -- JSON: mapping and every key, action and payload hash; purged once settled
    status text not null,                -- waiting | approved | dismissed | superseded | sent
    created_at text not null,
    decided_at text,
    decided_by text
);
create index holds_open on holds (sync, status);

-- The fields that a sync sent last: a changed mapping is held.
create table sync_mappings (
    sync text primary key,
    mapping text not null,               -- JSON
    run_id text not null,
    updated_at text not null
);

-- One row per sync and run. Two identities hold on every row:
--   candidates = acknowledged + unchanged + withheld + held + rejected + invalid + unknown + unsent
--   planned_removals = removed + removals_held + removals_rejected + removals_unknown + removals_unsent
create table sync_runs (
    run_id text not null,
    sync text not null,
    destination text not null,
    generation text not null,
    as_of text not null,
    status text not null,                -- done | held | failed | cancelled | not_applicable
    candidates integer not null, added integer not null, changed integer not null, unchanged integer not null,
    planned_removals integer not null, removed integer not null,
    acknowledged integer not null, withheld integer not null, held integer not null, rejected integer not null,
    invalid integer not null, unknown integer not null, unsent integer not null, requests integer not null,
    removals_held integer not null, removals_rejected integer not null,
    removals_unknown integer not null, removals_unsent integer not null,
    drained integer not null,            -- rows of earlier runs that were settled first
    message text,
    started_at text not null,
    finished_at text not null,
    primary key (run_id, sync)
);

-- The row log: one row per settled row, copied into the next generation as sync.delivery_log.
create table delivery_log (
    log_id integer primary key,
    run_id text not null,
    as_of text not null,
    sync text not null,
    key_hash text not null,              -- keyed hash: no personal data in the log
    action text not null,
    status text not null,                -- acknowledged | rejected | unknown | withheld
    reason text,
    version integer not null,
    at text not null
);
create index delivery_log_run on delivery_log (run_id, sync);

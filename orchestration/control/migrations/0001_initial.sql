-- The control store: what must outlive every rebuild of the warehouse. All times are UTC, ISO 8601, text.

-- One row per night, rebuild or delivery that was begun.
create table runs (
    run_id text primary key,
    kind text not null,                  -- nightly | rebuild
    as_of text not null,
    status text not null,                -- running | published | refused | failed | rebuilt
    exit_code integer,
    pid integer not null,
    boot_id text not null,
    started_at text not null,
    finished_at text,
    generation text,                     -- file name below generations/
    content_hash text,
    ledger_head integer,                 -- the last sequence of extract_files that the run read
    code_version text,
    report text                          -- the night's report, JSON
);

-- Exactly one row: who may write. Free when run_id is null.
create table lease (
    name text primary key,
    run_id text,
    pid integer,
    boot_id text,
    heartbeat_at text
);
insert into lease (name) values ('night');

-- The ledger of extracts: one row per delivered content. Never expires.
create table extract_files (
    sequence integer primary key,        -- order of arrival
    file_id text not null,               -- first 32 hex digits of the content's sha256
    sha256 text not null,
    source text not null,
    table_name text not null,
    path text not null,                  -- below the landing zone, as first seen
    size integer not null,
    business_date text,
    as_of text not null,                 -- the night that loaded it: a rebuild as of then reads it
    run_id text not null,
    rows_read integer,
    rows_loaded integer,
    rows_quarantined integer,
    attested integer not null default 0, -- 1 when a manifest vouched for it
    control_totals text,                 -- JSON
    schema_hash text,
    drift text,                          -- JSON: fields that the contract does not know, or misses
    contract_version integer not null,
    revision integer not null default 1,
    raw_path text,                       -- below raw/
    status text not null,                -- loaded | refused | held | superseded
    reason text,                         -- why not loaded: names the file and the remedy
    superseded_as_of text,               -- the night whose file took its place: a rebuild as of an earlier one still reads it
    manifest_sha256 text,                -- of the manifest it was held against; a refused file is tried again when that changes
    loaded_at text not null,
    unique (source, table_name, sha256, revision)
);

-- What the landing zone looked like: lets a night skip files whose stat has not changed.
create table landing_files (
    path text primary key,
    size integer not null,
    inode integer not null,
    mtime_ns integer not null,
    ctime_ns integer not null,
    sha256 text not null
);

-- The id ledger's deltas: one Parquet file under ids/ per night that minted or moved an id.
create table customer_id_files (
    sequence integer primary key,
    path text not null unique,
    as_of text not null,
    run_id text not null,
    row_count integer not null,
    sha256 text not null
);

-- A human's rule about two source records; survives every rebuild.
create table identity_overrides (
    override_id integer primary key,
    rule text not null check (rule in ('same', 'different')),
    left_record_id text not null,
    right_record_id text not null,
    author text not null,
    reason text not null,
    created_at text not null,
    revoked_at text
);

-- Who entered or left a segment, by night. Rewritten for its own as_of only.
create table segment_changes (
    segment text not null,
    customer_id text not null,
    change text not null check (change in ('entered', 'left')),
    segment_version integer not null,
    as_of text not null,
    run_id text not null,
    primary key (segment, customer_id, as_of)
);

-- Every expectation of every night, of refused nights too.
create table gate_results (
    run_id text not null,
    as_of text not null,
    layer text not null,
    table_name text not null,
    expectation text not null,
    severity text not null,              -- critical | warning
    status text not null,                -- passed | failed | errored | not_applicable
    observed text,
    threshold text,
    recorded_at text not null
);
create index gate_results_run on gate_results (run_id);

-- Counts per table and night, for volume gates and plots.
create table table_counts (
    run_id text not null,
    as_of text not null,
    layer text not null,
    table_name text not null,
    row_count integer not null,
    primary key (run_id, layer, table_name)
);

-- What the owner did by hand: append-only.
create table audit (
    audit_id integer primary key,
    at text not null,
    actor text not null,
    action text not null,
    subject text,
    detail text
);

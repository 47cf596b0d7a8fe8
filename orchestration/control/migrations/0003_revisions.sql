-- Revisions of raw: a kept extract read again under a changed contract, or with its quarantined rows corrected.
-- Made between two nights, such a row is `prepared` (as_of 9999-12-31) until the next night takes it up.

alter table extract_files add column arrival integer;      -- what its rows carry as _arrival when that is not its own sequence
alter table extract_files add column replaces integer;     -- sequence of the revision whose place it takes
alter table extract_files add column rows_replayed integer not null default 0; -- read = loaded + replayed + quarantined
alter table extract_files add column rows_deleted integer not null default 0;  -- rows of earlier snapshots that this one lacks, kept flagged
alter table extract_files add column settled_as_of text;   -- the night from which its quarantined rows wait for nobody any more
alter table extract_files add column settled_by text;      -- what settled them: a delivery under the same name, or a person's reason

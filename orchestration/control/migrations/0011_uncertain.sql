-- Whether the destination may hold something else than `payload_hash`: a row was sent and never answered, and what followed was refused.
alter table delivery_state add column is_uncertain integer not null default 0;
-- The contact point that carried it then; `contact_hash` is what was acknowledged.
alter table delivery_state add column tried_contact_hash text;
update delivery_state set is_uncertain = 1, tried_contact_hash = contact_hash where status = 'unknown';
-- The few rows that are not simply there.
create index delivery_exceptions on delivery_state (sync, key) where status <> 'acknowledged';

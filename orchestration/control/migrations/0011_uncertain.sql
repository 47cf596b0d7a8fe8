-- Whether the destination may hold something else than `payload_hash`: a row was sent and never answered, and what followed was refused.
alter table delivery_state add column is_uncertain integer not null default 0;
update delivery_state set is_uncertain = 1 where status = 'unknown';
-- The few rows that are not simply there.
create index delivery_exceptions on delivery_state (sync, key) where status <> 'acknowledged';

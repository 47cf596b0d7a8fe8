-- Each lease has a number of its own, one more than the one before: who writes under another is no owner any more.
alter table lease add column fence integer not null default 0;

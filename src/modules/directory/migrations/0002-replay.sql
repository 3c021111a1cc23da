-- A replay goes by when records came in for the first time. Storing a record again moves `event_received`, so a window
-- by that column would change while it is being replayed.
alter table directory.change_events
  add column first_received bigint not null default (extract(epoch from clock_timestamp()) * 1000)::bigint,
  add column chronology bigint generated always as identity;
update directory.change_events set first_received = event_received;

create index change_events_first_received_idx on directory.change_events (first_received, chronology);

-- One row for each replay of a window: how far it has come, so that it goes on after a crash.
create table directory.replay_runs (
  id uuid primary key,
  -- What was asked for, as it was written.
  request json not null,
  actor_name text not null,
  state text not null,
  -- Half-open window of first_received.
  since_ms bigint not null,
  until_ms bigint not null,
  -- Records that a condition on the register chose, or null when there was no such condition.
  record_ids text[],
  after_ms bigint not null,
  after_chronology bigint not null,
  looked_at integer not null default 0,
  queued integer not null default 0,
  superseded integer not null default 0,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint replay_runs_state_known check (state in ('running', 'finished'))
);

create index replay_runs_created_at_idx on directory.replay_runs (created_at);

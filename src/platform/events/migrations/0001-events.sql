-- The train register: append-only, one partition a day so that old days are dropped instead of deleted.
create table platform.events (
  id bigint generated always as identity,
  time timestamptz not null,
  module text not null,
  name text not null,
  correlation_id text collate "C",
  subjects text[] not null,
  properties jsonb not null,
  -- Several events that differ in a few properties only are one row: what each adds to the shared properties. Written
  -- one by one, the nine field updates of a service would be most of the register's cost.
  each jsonb,
  constraint events_pkey primary key (time, id)
) partition by range (time);

create index events_correlation_idx on platform.events (correlation_id, time);
create index events_name_idx on platform.events (name, time);
-- fastupdate stays on: new entries gather in a pending list, so writing an event costs microseconds.
create index events_subjects_idx on platform.events using gin (subjects);

-- Catches events whose day has no partition (a clock far off, a register nobody kept for a week): never refused.
create table platform.events_default partition of platform.events default;

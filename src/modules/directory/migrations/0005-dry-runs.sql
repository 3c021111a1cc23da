-- What change events would change, without changing it. The source is kept, free of staff data, as a blob of lines, so
-- that a chosen part can be applied later.
create table directory.dry_runs (
  id uuid primary key,
  title text not null,
  -- Null when the source is the stored change events.
  blob_key text,
  -- Which stored events, as in a replay.
  request json,
  actor_name text not null,
  state text not null,
  error text,
  -- Lines of the source dealt with, and what came of them.
  events integer not null default 0,
  services integer not null default 0,
  changed_services integer not null default 0,
  outcomes json not null default '{}',
  fields json not null default '{}',
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  constraint dry_runs_state_known check (state in ('waiting', 'running', 'finished', 'failed'))
);

create index dry_runs_created_at_idx on directory.dry_runs (created_at);

-- One row for each service that would change or be reported, and for each event that would not reach a service.
-- Services that agree with their event are only counted.
create table directory.dry_run_items (
  dry_run_id uuid not null,
  place integer not null,
  -- The line of the source, from 1.
  line integer not null,
  outcome text not null,
  ods_code text,
  sequence_number numeric(38, 0),
  -- Newest stored sequence number of the ODS code when it was compared.
  latest_sequence_number numeric(38, 0),
  service_id integer,
  service_uid text,
  service_name text,
  reason text,
  changes json,
  reports json,
  applied_as text,
  constraint dry_run_items_pkey primary key (dry_run_id, place),
  constraint dry_run_items_run_fkey foreign key (dry_run_id) references directory.dry_runs (id) on delete cascade
)
with (toast_tuple_target = 8160);

create index dry_run_items_ods_code_idx on directory.dry_run_items (dry_run_id, ods_code);

-- Applying all of a dry run, or a part; goes on after a crash from the last place.
create table directory.dry_run_applications (
  id uuid primary key,
  dry_run_id uuid not null,
  choice json not null,
  actor_name text not null,
  state text not null,
  after_place integer not null default 0,
  queued integer not null default 0,
  overtaken integer not null default 0,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint dry_run_applications_run_fkey foreign key (dry_run_id) references directory.dry_runs (id) on delete cascade,
  constraint dry_run_applications_state_known check (state in ('running', 'finished'))
);

create index dry_run_applications_run_idx on directory.dry_run_applications (dry_run_id, created_at);

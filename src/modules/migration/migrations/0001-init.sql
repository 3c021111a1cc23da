create schema migration;

-- Runs: spec section 4, `migration_history`. The original's column names are kept.
create table migration.runs (
  migration_id varchar(40) primary key,
  migration_type varchar(35) not null,
  status varchar(20) not null
    constraint runs_status_known check (status in ('STARTED', 'COMPLETED', 'CANCELLED_REQUESTED', 'CANCELLED')),
  filter text not null,
  estimated_record_count bigint not null,
  records_migrated bigint not null default 0,
  records_failed bigint not null default 0,
  when_started timestamptz not null,
  when_ended timestamptz,
  started_by text not null,
  correlation_id text not null,
  -- The job that watches for the end; the sweeper sends it again under the same id.
  watch_job_id uuid not null,
  -- Null until the pages are known.
  page_count integer,
  -- The run stops itself when more records than this have failed.
  max_failed bigint,
  stop_reason text,
  -- When everything was first seen settled; cleared when something was not.
  idle_since timestamptz,
  idle_checks integer not null default 0,
  -- Latest samples of {at, settled}, for rate and remaining time.
  samples jsonb not null default '[]',
  undone_at timestamptz
);
-- One open run of a type, however many start at once (F8).
create unique index runs_one_open on migration.runs (migration_type)
  where status in ('STARTED', 'CANCELLED_REQUESTED');
create index runs_newest on migration.runs (migration_type, when_started desc);

-- Counters of a run in a few rows, so that batches that end together do not queue for one.
create table migration.run_tallies (
  migration_id varchar(40) not null references migration.runs,
  shard smallint not null,
  expanded bigint not null default 0,
  migrated bigint not null default 0,
  skipped bigint not null default 0,
  rejected bigint not null default 0,
  duplicates bigint not null default 0,
  dropped bigint not null default 0,
  failed bigint not null default 0,
  mappings_queued bigint not null default 0,
  mappings_settled bigint not null default 0,
  primary key (migration_id, shard)
) with (fillfactor = 50);

create table migration.run_pages (
  migration_id varchar(40) not null references migration.runs,
  page_key text not null,
  state varchar(10) not null
    constraint run_pages_state_known check (state in ('WAITING', 'EXPANDED', 'DROPPED', 'FAILED')),
  entities integer not null default 0,
  primary key (migration_id, page_key)
);

-- What is known about one record of the source: spec section 5.6. Settled rows stay, because `round` is part of the
-- idempotency key. Free space in each page lets the four updates of a record's way stay in place.
create table migration.ledger (
  migration_type varchar(35) not null,
  nomis_key text not null,
  state varchar(10) not null
    constraint ledger_state_known check (
      state in ('CLAIMED', 'POSTING', 'CREATED', 'MAPPED', 'SKIPPED', 'REJECTED', 'FAILED', 'FREE')),
  target_id text,
  -- The job that works on it, while it is CLAIMED, POSTING or CREATED.
  owner uuid,
  -- Its request goes on although the job was put back: nobody, not even the same job, may touch it before the lease ends.
  is_parked boolean not null default false,
  lease_until timestamptz,
  migration_id varchar(40),
  -- Set while a dead letter of this run stands for the record.
  failed_in varchar(40),
  -- Grows when a create is wanted again after one that was accepted.
  round integer not null default 1,
  is_round_used boolean not null default false,
  sent_at timestamptz,
  -- Hash of the record as it was last read from the source, for reconciling.
  source_hash bytea,
  updated_at timestamptz not null default now(),
  primary key (migration_type, nomis_key)
) with (fillfactor = 45);

create table migration.mappings (
  migration_type varchar(35) not null,
  nomis_key text not null,
  dps_key varchar(64) not null,
  label varchar(20),
  mapping_type varchar(20) not null,
  -- Columns that a few domains add to their mappings.
  extra jsonb,
  when_created timestamptz not null default now(),
  constraint mappings_nomis_key primary key (migration_type, nomis_key)
) with (fillfactor = 95);
-- Not for case notes: several NOMIS notes may share one DPS note.
create unique index mappings_dps_key on migration.mappings (migration_type, dps_key)
  where migration_type <> 'CASENOTES';
create index mappings_shared_dps_key on migration.mappings (dps_key) where migration_type = 'CASENOTES';
create index mappings_label on migration.mappings (migration_type, label, nomis_key);
create index mappings_latest on migration.mappings (migration_type, when_created)
  where mapping_type = 'MIGRATED';

create table migration.room_mappings (
  id integer generated always as identity primary key,
  prison_id varchar(6) not null,
  nomis_room_description varchar(240) not null,
  vsip_id varchar(255) not null,
  is_open boolean not null,
  constraint room_mappings_one_per_room unique (nomis_room_description, prison_id)
);
create index room_mappings_prison on migration.room_mappings (prison_id, nomis_room_description);

-- Messages of a queue that arrived before this are dropped unseen by whoever claims them.
create table migration.queue_purges (
  queue_id text primary key,
  purged_before timestamptz not null
);

-- Which side leads, by domain: spec-independent, see the module's README.
create table migration.cutovers (
  migration_type varchar(35) primary key,
  state varchar(10) not null
    constraint cutovers_state_known check (state in ('LEGACY', 'BOTH', 'NEW')),
  changed_at timestamptz not null,
  changed_by text not null,
  reason text not null
);

create table migration.reconciliations (
  id uuid primary key,
  migration_type varchar(35) not null,
  state varchar(10) not null
    constraint reconciliations_state_known check (state in ('RUNNING', 'COMPLETED', 'STOPPED')),
  mode varchar(10) not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  started_by text not null,
  cursor_text text,
  total bigint not null default 0,
  compared bigint not null default 0,
  matched bigint not null default 0
);
create index reconciliations_newest on migration.reconciliations (migration_type, started_at desc);

create table migration.differences (
  migration_type varchar(35) not null,
  nomis_key text not null,
  dps_key text,
  kind varchar(20) not null
    constraint differences_kind_known check (
      kind in ('MISSING_AT_TARGET', 'MISSING_AT_SOURCE', 'NOT_MAPPED', 'DIFFERENT')),
  -- Names of the fields that differ, never their values.
  fields text[] not null default '{}',
  found_at timestamptz not null,
  reconciliation_id uuid,
  primary key (migration_type, nomis_key)
);

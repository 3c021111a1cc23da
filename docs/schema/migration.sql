create schema migration;

create table migration.cutovers (
  migration_type character varying(35) not null,
  state character varying(10) not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  reason text not null,
  constraint cutovers_pkey PRIMARY KEY (migration_type),
  constraint cutovers_state_known CHECK (((state)::text = ANY ((ARRAY['LEGACY'::character varying, 'BOTH'::character varying, 'NEW'::character varying])::text[])))
);

create table migration.differences (
  migration_type character varying(35) not null,
  nomis_key text not null,
  dps_key text,
  kind character varying(20) not null,
  fields text[] default '{}'::text[] not null,
  found_at timestamp with time zone not null,
  reconciliation_id uuid,
  constraint differences_pkey PRIMARY KEY (migration_type, nomis_key),
  constraint differences_kind_known CHECK (((kind)::text = ANY ((ARRAY['MISSING_AT_TARGET'::character varying, 'MISSING_AT_SOURCE'::character varying, 'NOT_MAPPED'::character varying, 'DIFFERENT'::character varying])::text[])))
);

create table migration.gathered_keys (
  migration_type character varying(35) not null,
  nomis_key text not null,
  gathered_at timestamp with time zone default now() not null,
  constraint gathered_keys_pkey PRIMARY KEY (migration_type, nomis_key)
);

create table migration.ledger (
  migration_type character varying(35) not null,
  nomis_key text not null,
  state character varying(10) not null,
  target_id text,
  owner uuid,
  is_parked boolean default false not null,
  lease_until timestamp with time zone,
  migration_id character varying(40),
  failed_in character varying(40),
  round integer default 1 not null,
  is_round_used boolean default false not null,
  sent_at timestamp with time zone,
  source_hash bytea,
  updated_at timestamp with time zone default now() not null,
  constraint ledger_pkey PRIMARY KEY (migration_type, nomis_key),
  constraint ledger_state_known CHECK (((state)::text = ANY ((ARRAY['CLAIMED'::character varying, 'POSTING'::character varying, 'CREATED'::character varying, 'MAPPED'::character varying, 'SKIPPED'::character varying, 'REJECTED'::character varying, 'FAILED'::character varying, 'FREE'::character varying])::text[])))
) with (fillfactor=45);
CREATE INDEX ledger_failed ON migration.ledger USING btree (migration_type) WHERE (failed_in IS NOT NULL);

create table migration.mappings (
  migration_type character varying(35) not null,
  nomis_key text not null,
  dps_key character varying(64) not null,
  label character varying(20),
  mapping_type character varying(20) not null,
  extra jsonb,
  when_created timestamp with time zone default now() not null,
  constraint mappings_nomis_key PRIMARY KEY (migration_type, nomis_key)
) with (fillfactor=95);
CREATE UNIQUE INDEX mappings_dps_key ON migration.mappings USING btree (migration_type, dps_key) WHERE ((migration_type)::text <> 'CASENOTES'::text);
CREATE INDEX mappings_label ON migration.mappings USING btree (migration_type, label, nomis_key);
CREATE INDEX mappings_latest ON migration.mappings USING btree (migration_type, when_created) WHERE ((mapping_type)::text = 'MIGRATED'::text);
CREATE INDEX mappings_of_booking ON migration.mappings USING btree (migration_type, ((extra ->> 'nomisBookingId'::text))) WHERE (extra IS NOT NULL);
CREATE INDEX mappings_of_prisoner ON migration.mappings USING btree (migration_type, ((extra ->> 'offenderNo'::text))) WHERE (extra IS NOT NULL);
CREATE INDEX mappings_shared_dps_key ON migration.mappings USING btree (dps_key) WHERE ((migration_type)::text = 'CASENOTES'::text);

create table migration.queue_purges (
  queue_id text not null,
  purged_before timestamp with time zone not null,
  constraint queue_purges_pkey PRIMARY KEY (queue_id)
);

create table migration.reconciliations (
  id uuid not null,
  migration_type character varying(35) not null,
  state character varying(10) not null,
  mode character varying(10) not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  started_by text not null,
  cursor_text text,
  total bigint default 0 not null,
  compared bigint default 0 not null,
  matched bigint default 0 not null,
  constraint reconciliations_pkey PRIMARY KEY (id),
  constraint reconciliations_state_known CHECK (((state)::text = ANY ((ARRAY['RUNNING'::character varying, 'COMPLETED'::character varying, 'STOPPED'::character varying])::text[])))
);
CREATE INDEX reconciliations_newest ON migration.reconciliations USING btree (migration_type, started_at DESC);

create table migration.room_mappings (
  id integer generated always as identity not null,
  prison_id character varying(6) not null,
  nomis_room_description character varying(240) not null,
  vsip_id character varying(255) not null,
  is_open boolean not null,
  constraint room_mappings_pkey PRIMARY KEY (id),
  constraint room_mappings_one_per_room UNIQUE (nomis_room_description, prison_id)
);
CREATE INDEX room_mappings_prison ON migration.room_mappings USING btree (prison_id, nomis_room_description);

create table migration.run_pages (
  migration_id character varying(40) not null,
  page_key text not null,
  state character varying(10) not null,
  entities integer default 0 not null,
  constraint run_pages_pkey PRIMARY KEY (migration_id, page_key),
  constraint run_pages_state_known CHECK (((state)::text = ANY ((ARRAY['WAITING'::character varying, 'EXPANDED'::character varying, 'DROPPED'::character varying, 'FAILED'::character varying])::text[]))),
  constraint run_pages_migration_id_fkey FOREIGN KEY (migration_id) REFERENCES migration.runs(migration_id)
);

create table migration.run_tallies (
  migration_id character varying(40) not null,
  shard smallint not null,
  expanded bigint default 0 not null,
  migrated bigint default 0 not null,
  skipped bigint default 0 not null,
  rejected bigint default 0 not null,
  duplicates bigint default 0 not null,
  dropped bigint default 0 not null,
  failed bigint default 0 not null,
  mappings_queued bigint default 0 not null,
  mappings_settled bigint default 0 not null,
  constraint run_tallies_pkey PRIMARY KEY (migration_id, shard),
  constraint run_tallies_migration_id_fkey FOREIGN KEY (migration_id) REFERENCES migration.runs(migration_id)
) with (fillfactor=50);

create table migration.runs (
  migration_id character varying(40) not null,
  migration_type character varying(35) not null,
  status character varying(20) not null,
  filter text not null,
  estimated_record_count bigint not null,
  records_migrated bigint default 0 not null,
  records_failed bigint default 0 not null,
  when_started timestamp with time zone not null,
  when_ended timestamp with time zone,
  started_by text not null,
  correlation_id text not null,
  watch_job_id uuid not null,
  page_count integer,
  max_failed bigint,
  stop_reason text,
  idle_since timestamp with time zone,
  idle_checks integer default 0 not null,
  samples jsonb default '[]'::jsonb not null,
  undone_at timestamp with time zone,
  constraint runs_pkey PRIMARY KEY (migration_id),
  constraint runs_status_known CHECK (((status)::text = ANY ((ARRAY['STARTED'::character varying, 'COMPLETED'::character varying, 'CANCELLED_REQUESTED'::character varying, 'CANCELLED'::character varying])::text[])))
);
CREATE INDEX runs_newest ON migration.runs USING btree (migration_type, when_started DESC);
CREATE UNIQUE INDEX runs_one_open ON migration.runs USING btree (migration_type) WHERE ((status)::text = ANY ((ARRAY['STARTED'::character varying, 'CANCELLED_REQUESTED'::character varying])::text[]));

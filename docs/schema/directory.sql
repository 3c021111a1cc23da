create schema directory;

create table directory.alarms (
  name text not null,
  is_alarm boolean not null,
  since timestamp with time zone not null,
  checked_at timestamp with time zone not null,
  constraint alarms_pkey PRIMARY KEY (name)
);

create table directory.allowed_addresses (
  shared_environment text not null,
  name text not null,
  wanted_cidr text,
  applied_cidr text,
  constraint allowed_addresses_pkey PRIMARY KEY (shared_environment, name)
);

create table directory.begun_calls (
  job_id uuid not null,
  begun_at timestamp with time zone not null,
  constraint begun_calls_pkey PRIMARY KEY (job_id)
);

create table directory.change_events (
  id text not null,
  ods_code text not null,
  sequence_number numeric(38,0),
  event_received bigint not null,
  ttl bigint not null,
  event text not null,
  first_received bigint default ((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint not null,
  chronology bigint generated always as identity not null,
  constraint change_events_pkey PRIMARY KEY (id, ods_code)
);
CREATE INDEX change_events_first_received_idx ON directory.change_events USING btree (first_received, chronology);
CREATE INDEX change_events_sequence_idx ON directory.change_events USING btree (ods_code, sequence_number DESC);
CREATE INDEX change_events_ttl_idx ON directory.change_events USING btree (ttl);

create table directory.dry_run_applications (
  id uuid not null,
  dry_run_id uuid not null,
  choice json not null,
  actor_name text not null,
  state text not null,
  after_place integer default 0 not null,
  queued integer default 0 not null,
  overtaken integer default 0 not null,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint dry_run_applications_pkey PRIMARY KEY (id),
  constraint dry_run_applications_state_known CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text]))),
  constraint dry_run_applications_run_fkey FOREIGN KEY (dry_run_id) REFERENCES directory.dry_runs(id) ON DELETE CASCADE
);
CREATE INDEX dry_run_applications_run_idx ON directory.dry_run_applications USING btree (dry_run_id, created_at);

create table directory.dry_run_items (
  dry_run_id uuid not null,
  place integer not null,
  line integer not null,
  outcome text not null,
  ods_code text,
  sequence_number numeric(38,0),
  latest_sequence_number numeric(38,0),
  service_id integer,
  service_uid text,
  service_name text,
  reason text,
  changes json,
  reports json,
  applied_as text,
  constraint dry_run_items_pkey PRIMARY KEY (dry_run_id, place),
  constraint dry_run_items_run_fkey FOREIGN KEY (dry_run_id) REFERENCES directory.dry_runs(id) ON DELETE CASCADE
) with (toast_tuple_target=8160);
CREATE INDEX dry_run_items_ods_code_idx ON directory.dry_run_items USING btree (dry_run_id, ods_code);

create table directory.dry_runs (
  id uuid not null,
  title text not null,
  blob_key text,
  request json,
  actor_name text not null,
  state text not null,
  error text,
  events integer default 0 not null,
  services integer default 0 not null,
  changed_services integer default 0 not null,
  outcomes json default '{}'::json not null,
  fields json default '{}'::json not null,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint dry_runs_pkey PRIMARY KEY (id),
  constraint dry_runs_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'finished'::text, 'failed'::text])))
);
CREATE INDEX dry_runs_created_at_idx ON directory.dry_runs USING btree (created_at);

create table directory.email_files (
  file_name text not null,
  change_id text not null,
  user_id integer not null,
  correlation_id text,
  email_subject text not null,
  email_body text not null,
  created_at timestamp with time zone not null,
  outcome text,
  ended_at timestamp with time zone,
  constraint email_files_pkey PRIMARY KEY (file_name),
  constraint email_files_outcome CHECK ((outcome = ANY (ARRAY['sent'::text, 'withheld'::text, 'no_address'::text])))
);
CREATE INDEX email_files_created_at_idx ON directory.email_files USING btree (created_at);

create table directory.injected_messages (
  id uuid not null,
  queue text not null,
  body text not null,
  attributes json not null,
  had_staff boolean not null,
  sent_at timestamp with time zone not null,
  constraint injected_messages_pkey PRIMARY KEY (id)
);

create table directory.ods_sequences (
  ods_code text not null,
  latest_sequence_number numeric(38,0) not null,
  settling_since timestamp with time zone,
  settling_sequence_number numeric(38,0),
  constraint ods_sequences_pkey PRIMARY KEY (ods_code)
);

create table directory.quality_findings (
  run_id uuid not null,
  place integer not null,
  report json not null,
  constraint quality_findings_pkey PRIMARY KEY (run_id, place),
  constraint quality_findings_run_fkey FOREIGN KEY (run_id) REFERENCES directory.quality_runs(id) ON DELETE CASCADE
);

create table directory.quality_runs (
  id uuid not null,
  started_by text not null,
  state text not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  findings integer default 0 not null,
  error text,
  constraint quality_runs_pkey PRIMARY KEY (id),
  constraint quality_runs_state_known CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'failed'::text])))
);
CREATE INDEX quality_runs_started_at_idx ON directory.quality_runs USING btree (started_at);

create table directory.rate_limits (
  key_name text not null,
  tokens double precision not null,
  refilled_at timestamp with time zone not null,
  constraint rate_limits_pkey PRIMARY KEY (key_name)
);

create table directory.received_events (
  id uuid not null,
  ods_code text not null,
  sequence_number numeric(38,0) not null,
  correlation_id text not null,
  retry_key bytea,
  body text not null,
  had_staff boolean not null,
  received_at timestamp with time zone not null,
  processed_at timestamp with time zone,
  constraint received_events_pkey PRIMARY KEY (id),
  constraint received_events_retry_key UNIQUE (retry_key)
) with (toast_tuple_target=8160);
CREATE INDEX received_events_received_at_idx ON directory.received_events USING btree (received_at);

create table directory.rejection_intents (
  change_id text not null,
  service_id integer not null,
  ods_code text not null,
  correlation_id text,
  traceparent text,
  rejected_at timestamp with time zone not null,
  constraint rejection_intents_pkey PRIMARY KEY (change_id)
);

create table directory.release_link (
  is_only boolean default true not null,
  linked text,
  previous text,
  draining text,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint release_link_pkey PRIMARY KEY (is_only),
  constraint release_link_draining CHECK (((linked IS NULL) OR (linked = draining))),
  constraint release_link_one_row CHECK (is_only),
  constraint release_link_linked_fkey FOREIGN KEY (linked) REFERENCES directory.releases(name)
);

create table directory.release_workers (
  id uuid not null,
  release text not null,
  version text not null,
  seen_at timestamp with time zone not null,
  constraint release_workers_pkey PRIMARY KEY (id)
);
CREATE INDEX release_workers_release_idx ON directory.release_workers USING btree (release, seen_at);

create table directory.releases (
  name text not null,
  version text not null,
  shared_environment text not null,
  deployed_at timestamp with time zone not null,
  deployed_by text not null,
  constraint releases_pkey PRIMARY KEY (name)
);

create table directory.replay_runs (
  id uuid not null,
  request json not null,
  actor_name text not null,
  state text not null,
  since_ms bigint not null,
  until_ms bigint not null,
  record_ids text[],
  after_ms bigint not null,
  after_chronology bigint not null,
  looked_at integer default 0 not null,
  queued integer default 0 not null,
  superseded integer default 0 not null,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint replay_runs_pkey PRIMARY KEY (id),
  constraint replay_runs_state_known CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text])))
);
CREATE INDEX replay_runs_created_at_idx ON directory.replay_runs USING btree (created_at);

create table directory.signals (
  environment text not null,
  name text not null,
  slot timestamp with time zone not null,
  count bigint not null,
  total double precision not null,
  maximum double precision not null,
  constraint signals_pkey PRIMARY KEY (environment, name, slot)
);
CREATE INDEX signals_slot_idx ON directory.signals USING btree (slot);

create table directory.update_intents (
  job_id uuid not null,
  service_id integer not null,
  history_entry text not null,
  changes json not null,
  created_at timestamp with time zone not null,
  constraint update_intents_pkey PRIMARY KEY (job_id)
) with (toast_tuple_target=8160);

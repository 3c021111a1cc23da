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
  constraint ods_sequences_pkey PRIMARY KEY (ods_code)
);

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

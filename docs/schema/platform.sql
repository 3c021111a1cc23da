create schema platform;

create table platform.api_keys (
  id uuid default gen_random_uuid() not null,
  owner text not null,
  name text not null,
  key_hash bytea not null,
  created_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_owner_name_key UNIQUE (owner, name)
);
CREATE INDEX api_keys_hash_idx ON platform.api_keys USING btree (owner, key_hash);

create table platform.audit_log (
  id bigint generated always as identity not null,
  at timestamp(3) with time zone default now() not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  target text not null,
  details jsonb default '{}'::jsonb not null,
  constraint audit_log_pkey PRIMARY KEY (id),
  constraint audit_log_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['operator'::text, 'cli'::text, 'system'::text])))
);
CREATE INDEX audit_log_action_idx ON platform.audit_log USING btree (lower(action) text_pattern_ops);
CREATE INDEX audit_log_actor_idx ON platform.audit_log USING btree (lower(actor_name) text_pattern_ops);
CREATE INDEX audit_log_at_idx ON platform.audit_log USING btree (at, id);
CREATE INDEX audit_log_target_idx ON platform.audit_log USING btree (lower(target) text_pattern_ops);
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.audit_log FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_audit_change();

create table platform.events (
  id bigint generated always as identity not null,
  "time" timestamp with time zone not null,
  module text not null,
  name text not null,
  correlation_id text collate "C",
  subjects text[] not null,
  properties json not null,
  each json,
  constraint events_pkey PRIMARY KEY ("time", id)
) partition by RANGE ("time");
CREATE INDEX events_correlation_idx ON ONLY platform.events USING btree (correlation_id, "time");
CREATE INDEX events_name_idx ON ONLY platform.events USING btree (name, "time");
CREATE INDEX events_subjects_idx ON ONLY platform.events USING gin (subjects);

create table platform.job_failures (
  id uuid not null,
  task text not null,
  key text,
  correlation_id text,
  state text not null,
  cause text not null,
  message text not null,
  attempts jsonb default '[]'::jsonb not null,
  attempt_count integer default 0 not null,
  data jsonb not null,
  payload_versions jsonb default '[]'::jsonb not null,
  is_held boolean default false not null,
  redrive_id uuid,
  redriven_at timestamp with time zone,
  first_failed_at timestamp with time zone default now() not null,
  last_failed_at timestamp with time zone default now() not null,
  ignore_reason text,
  constraint job_failures_pkey PRIMARY KEY (id),
  constraint job_failures_state_check CHECK ((state = ANY (ARRAY['retrying'::text, 'failed'::text, 'redriven'::text, 'ignored'::text, 'recovered'::text])))
);
CREATE INDEX job_failures_correlation_idx ON platform.job_failures USING btree (correlation_id) WHERE (correlation_id IS NOT NULL);
CREATE INDEX job_failures_key_idx ON platform.job_failures USING btree (key) WHERE (key IS NOT NULL);
CREATE INDEX job_failures_recent_idx ON platform.job_failures USING btree (state, last_failed_at, id);
CREATE INDEX job_failures_redrive_idx ON platform.job_failures USING btree (redrive_id, redriven_at) WHERE (redrive_id IS NOT NULL);
CREATE INDEX job_failures_task_idx ON platform.job_failures USING btree (task, state, last_failed_at, id);

create table platform.operators (
  id uuid default gen_random_uuid() not null,
  email text not null,
  role text not null,
  password_hash text,
  disabled_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  last_sign_in_at timestamp with time zone,
  constraint operators_pkey PRIMARY KEY (id),
  constraint operators_email_key UNIQUE (email),
  constraint operators_email_lower_check CHECK ((email = lower(email))),
  constraint operators_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);

create table platform.processes (
  id uuid not null,
  role text not null,
  host text not null,
  pid integer not null,
  version text not null,
  started_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  metrics jsonb,
  constraint processes_pkey PRIMARY KEY (id)
);

create table platform.queue_outages (
  queue text not null,
  resource text not null,
  since timestamp with time zone default now() not null,
  next_probe_at timestamp with time zone not null,
  constraint queue_outages_pkey PRIMARY KEY (queue)
);

create table platform.queue_pauses (
  queue text not null,
  paused_at timestamp with time zone default now() not null,
  actor jsonb not null,
  constraint queue_pauses_pkey PRIMARY KEY (queue)
);

create table platform.queue_throughput (
  queue text not null,
  slot timestamp with time zone not null,
  completed bigint not null,
  failed bigint not null,
  constraint queue_throughput_pkey PRIMARY KEY (queue, slot)
);

create table platform.redrives (
  id uuid not null,
  filter jsonb not null,
  canary integer not null,
  rate_per_second double precision,
  pause_on_error_rate double precision,
  state text not null,
  reason text,
  matched bigint not null,
  redriven bigint default 0 not null,
  actor jsonb not null,
  created_at timestamp with time zone default now() not null,
  advanced_at timestamp with time zone default now() not null,
  finished_at timestamp with time zone,
  constraint redrives_pkey PRIMARY KEY (id),
  constraint redrives_state_check CHECK ((state = ANY (ARRAY['canary'::text, 'running'::text, 'paused'::text, 'finished'::text, 'cancelled'::text])))
);
CREATE INDEX redrives_unfinished_idx ON platform.redrives USING btree (created_at) WHERE (state = ANY (ARRAY['canary'::text, 'running'::text]));

create table platform.schema_migrations (
  set_name text not null,
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  oldest_program integer,
  constraint schema_migrations_pkey PRIMARY KEY (set_name, version)
);

create table platform.sessions (
  token_hash bytea not null,
  operator_id uuid not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  password_due boolean default false not null,
  constraint sessions_pkey PRIMARY KEY (token_hash),
  constraint sessions_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES platform.operators(id) ON DELETE CASCADE
);
CREATE INDEX sessions_expires_idx ON platform.sessions USING btree (expires_at);
CREATE INDEX sessions_operator_idx ON platform.sessions USING btree (operator_id);

create table platform.sign_in_links (
  token_hash bytea not null,
  operator_id uuid not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint sign_in_links_pkey PRIMARY KEY (token_hash),
  constraint sign_in_links_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES platform.operators(id) ON DELETE CASCADE
);
CREATE INDEX sign_in_links_operator_idx ON platform.sign_in_links USING btree (operator_id);

create table platform.sign_in_throttles (
  key text not null,
  attempts integer not null,
  window_ends_at timestamp with time zone not null,
  constraint sign_in_throttles_pkey PRIMARY KEY (key)
);
CREATE INDEX sign_in_throttles_window_idx ON platform.sign_in_throttles USING btree (window_ends_at);

CREATE OR REPLACE FUNCTION platform.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'platform.audit_log is append-only' using errcode = 'restrict_violation';
end;
$function$;

-- One record per failed job, found again after its pg-boss row is gone.
create table platform.job_failures (
  id uuid not null,
  task text not null,
  key text,
  correlation_id text,
  state text not null,
  cause text not null,
  message text not null,
  attempts jsonb not null default '[]',
  attempt_count integer not null default 0,
  data jsonb not null,
  payload_versions jsonb not null default '[]',
  is_held boolean not null default false,
  redrive_id uuid,
  redriven_at timestamptz,
  first_failed_at timestamptz not null default now(),
  last_failed_at timestamptz not null default now(),
  ignore_reason text,
  constraint job_failures_pkey primary key (id),
  constraint job_failures_state_check check (state in ('retrying', 'failed', 'redriven', 'ignored', 'recovered'))
);
create index job_failures_recent_idx on platform.job_failures (state, last_failed_at, id);
create index job_failures_task_idx on platform.job_failures (task, state, last_failed_at, id);
create index job_failures_correlation_idx on platform.job_failures (correlation_id) where correlation_id is not null;
create index job_failures_key_idx on platform.job_failures (key) where key is not null;
create index job_failures_redrive_idx on platform.job_failures (redrive_id, redriven_at) where redrive_id is not null;

create table platform.redrives (
  id uuid not null,
  filter jsonb not null,
  canary integer not null,
  rate_per_second double precision,
  pause_on_error_rate double precision,
  state text not null,
  reason text,
  matched bigint not null,
  redriven bigint not null default 0,
  actor jsonb not null,
  created_at timestamptz not null default now(),
  advanced_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint redrives_pkey primary key (id),
  constraint redrives_state_check check (state in ('canary', 'running', 'paused', 'finished', 'cancelled'))
);
create index redrives_unfinished_idx on platform.redrives (created_at) where state in ('canary', 'running');

create table platform.queue_pauses (
  queue text not null,
  paused_at timestamptz not null default now(),
  actor jsonb not null,
  constraint queue_pauses_pkey primary key (queue)
);

-- Rows are there while the outage lasts; any worker that gets through removes them.
create table platform.queue_outages (
  queue text not null,
  resource text not null,
  since timestamptz not null default now(),
  next_probe_at timestamptz not null,
  constraint queue_outages_pkey primary key (queue)
);

-- What workers finished, by ten seconds, so that a rate needs no count over completed jobs.
create table platform.queue_throughput (
  queue text not null,
  slot timestamptz not null,
  completed bigint not null,
  failed bigint not null,
  constraint queue_throughput_pkey primary key (queue, slot)
);

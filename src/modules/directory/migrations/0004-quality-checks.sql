-- Runs of the quality checker, and what the latest ones found.
create table directory.quality_runs (
  -- `function_request_id` on every line of the run.
  id uuid primary key,
  started_by text not null,
  state text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  findings integer not null default 0,
  error text,
  constraint quality_runs_state_known check (state in ('running', 'finished', 'failed'))
);

create index quality_runs_started_at_idx on directory.quality_runs (started_at);

create table directory.quality_findings (
  run_id uuid not null,
  -- Place in the order in which the run reports.
  place integer not null,
  -- The keys of the report, as specified.
  report json not null,
  constraint quality_findings_pkey primary key (run_id, place),
  constraint quality_findings_run_fkey foreign key (run_id) references directory.quality_runs (id) on delete cascade
);

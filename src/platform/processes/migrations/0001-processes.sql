-- Who is running: one row a process, renewed every few seconds, forgotten when it stops or goes silent.
create table platform.processes (
  id uuid primary key,
  role text not null,
  host text not null,
  pid integer not null,
  version text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  -- The process's metrics as prom-client's JSON, so that one /metrics shows all of them.
  metrics jsonb
);

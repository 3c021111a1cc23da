-- works with programs since 0005
-- What became of the calls to services, for the days in which somebody may want to know or to try again. A call that was
-- given up keeps its body (sealed) so that it can be made once more; one that was taken keeps nothing personal.
create table notify.callback_log (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  callback_type text not null,
  url text,
  body bytea,
  about_id uuid not null,
  attempts smallint not null,
  outcome text not null,
  status smallint,
  reason text,
  caused_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz not null,
  constraint callback_log_outcome_check check (outcome in ('delivered', 'failed'))
);
create index callback_log_service_idx on notify.callback_log (service_id, ended_at, id);
create index callback_log_ended_idx on notify.callback_log (ended_at);

-- Why the last call did not get through, while it waits for its next.
alter table notify.queued_callbacks add column last_status smallint, add column last_reason text,
  add column last_call_at timestamptz;
create index queued_callbacks_service_idx on notify.queued_callbacks (service_id, created_at, id);

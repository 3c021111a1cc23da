-- works with programs since 0006
-- Calls whose receiver cannot be asked whether they arrived (Slack, a mail server): begun, and their end not yet
-- recorded. A job that finds its own row was run before by a worker that was lost during the call.
create table directory.begun_calls (
  job_id uuid primary key,
  begun_at timestamptz not null
);

create schema if not exists directory;

-- What the endpoint accepted and ingest has not yet looked at. Rows stay until the deduplication window has passed.
create table directory.received_events (
  id uuid primary key,
  ods_code text not null,
  sequence_number numeric(38, 0) not null,
  correlation_id text not null,
  -- SHA-256 of body, sequence number and correlation id: equal only for a network retry. Null when the caller gave
  -- no correlation id, because then no two requests are the same one.
  retry_key bytea,
  -- The record as sent, without staff data. Text, because jsonb would refuse U+0000 and forget number spellings.
  body text not null,
  had_staff boolean not null,
  received_at timestamptz not null,
  processed_at timestamptz,
  constraint received_events_retry_key unique (retry_key)
)
-- A body of 2.5 kB lives for minutes: compressing it would cost more than the insert.
with (toast_tuple_target = 8160);

create index received_events_received_at_idx on directory.received_events (received_at);

-- Stored change events: spec section 4.1. Kept five years.
create table directory.change_events (
  id text not null,
  ods_code text not null,
  sequence_number numeric(38, 0),
  event_received bigint not null,
  ttl bigint not null,
  event text not null,
  constraint change_events_pkey primary key (id, ods_code)
);

create index change_events_sequence_idx on directory.change_events (ods_code, sequence_number desc);
create index change_events_ttl_idx on directory.change_events (ttl);

-- One row for each ODS code ever seen: its lock, and the newest sequence number without a search.
create table directory.ods_sequences (
  ods_code text primary key,
  latest_sequence_number numeric(38, 0) not null
);

-- Written before the directory database is changed and removed afterwards, so that a run that died between the two
-- commits still reports its updates exactly once: spec section 5.6.
create table directory.update_intents (
  job_id uuid primary key,
  service_id integer not null,
  -- The very text of the new history entry: found in DoS, the update was committed.
  history_entry text not null,
  -- What was changed, so that the run which finds the update committed can report it.
  changes json not null,
  created_at timestamptz not null
)
with (toast_tuple_target = 8160);

-- Tokens of the endpoint's rate limit by API key, shared by all web processes.
create table directory.rate_limits (
  key_name text primary key,
  tokens double precision not null,
  refilled_at timestamptz not null
);

-- Sums of what alarms look at, in slots of a few seconds: any process adds to them, one evaluates them. Kept two hours.
create table directory.signals (
  environment text not null,
  name text not null,
  slot timestamptz not null,
  count bigint not null,
  total double precision not null,
  maximum double precision not null,
  constraint signals_pkey primary key (environment, name, slot)
);

create index signals_slot_idx on directory.signals (slot);

create table directory.alarms (
  -- In full: `uec-dos-int | <environment> | <title>`.
  name text primary key,
  is_alarm boolean not null,
  -- Since when it is what it is.
  since timestamptz not null,
  checked_at timestamptz not null
);

-- Written before a person's edit is rejected in the directory database, and removed with the event and the e-mail about
-- it: a run that dies between the two commits leaves the next one to say what was done (D-02).
create table directory.rejection_intents (
  change_id text primary key,
  service_id integer not null,
  ods_code text not null,
  correlation_id text,
  traceparent text,
  -- To the second, as the directory database keeps it: tells our rejection from another.
  rejected_at timestamptz not null
);

-- Rejection e-mails without name or address of their recipient: spec sections 4.1 and 6.12. Kept 90 days.
create table directory.email_files (
  file_name text primary key,
  change_id text not null,
  user_id integer not null,
  correlation_id text,
  email_subject text not null,
  email_body text not null,
  created_at timestamptz not null,
  outcome text constraint email_files_outcome check (outcome in ('sent', 'withheld', 'no_address')),
  ended_at timestamptz
);

create index email_files_created_at_idx on directory.email_files (created_at);

-- Who may call the endpoint, one list for each shared environment. What is wanted takes effect once it is applied.
create table directory.allowed_addresses (
  shared_environment text not null,
  name text not null,
  -- Null: to be removed when the list is applied next.
  wanted_cidr text,
  applied_cidr text,
  constraint allowed_addresses_pkey primary key (shared_environment, name)
);

-- Messages that a person put on a queue of the pipeline, never in live. Kept a day.
create table directory.injected_messages (
  id uuid primary key,
  queue text not null,
  body text not null,
  attributes json not null,
  had_staff boolean not null,
  sent_at timestamptz not null
);

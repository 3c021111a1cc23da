-- Alerts that were raised, so that what runs twice tells people once.
create table notify.alerts (
  key text primary key,
  created_at timestamptz not null
);

-- For how many minutes in a row text messages have been slow: internals section 8.3.
create table notify.slow_text_minutes (
  id boolean primary key default true,
  minutes integer not null,
  last_minute timestamptz not null,
  constraint slow_text_minutes_single_check check (id)
);

-- Files that an email template links to: internals sections 3.4.7 and 4.2.
create table notify.template_email_files (
  id uuid primary key,
  template_id uuid not null references notify.templates (id),
  -- The version of the template that came with the file's latest change.
  template_version integer not null,
  filename text not null,
  link_text text,
  -- Weeks for which each recipient's copy can be fetched.
  retention_period integer not null default 1,
  validate_users_email boolean not null default true,
  -- Not part of the template yet.
  pending boolean not null default false,
  archived_at timestamptz,
  archived_by_id uuid references notify.users (id),
  created_by_id uuid references notify.users (id),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint template_email_files_retention_check check (retention_period between 1 and 78)
);
create index template_email_files_template_idx on notify.template_email_files (template_id);
create index template_email_files_archived_idx on notify.template_email_files (archived_at) where archived_at is not null;

create table notify.template_email_files_history (
  id uuid not null,
  version integer not null,
  template_id uuid not null,
  template_version integer not null,
  filename text not null,
  link_text text,
  retention_period integer not null,
  validate_users_email boolean not null,
  pending boolean not null,
  archived_at timestamptz,
  archived_by_id uuid,
  created_by_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (id, version)
);
create index template_email_files_history_template_idx
  on notify.template_email_files_history (template_id, template_version);

-- Retention: internals section 6.11. -----------------------------------------------------------------------------------

-- Letters are few and some of them stay whatever their age, so they have an index of their own: of what is to be printed,
-- archived and billed.
create index notifications_letters_idx on notify.notifications (created_at, id) where notification_type = 'letter';

create index notification_history_service_idx
  on notify.notification_history (service_id, key_type, notification_type, created_at);
create index notification_history_job_idx on notify.notification_history (job_id) where job_id is not null;

-- Up to where texts and emails of a service are archived: the next night begins there and passes over nothing that stays.
create table notify.retention_marks (
  service_id uuid not null references notify.services (id) on delete cascade,
  notification_type text not null,
  archived_before timestamptz not null,
  primary key (service_id, notification_type),
  constraint retention_marks_type_check check (notification_type in ('sms', 'email'))
);

-- Files that must go because their row is gone: written with the removal of the row, removed once the file is.
create table notify.blob_deletions (
  key text primary key,
  created_at timestamptz not null
);

-- Hours of history that were written to a file: exported first, deleted after, then marked as deleted.
create table notify.archived_hours (
  hour timestamptz not null,
  blob_key text not null,
  row_count integer not null,
  exported_at timestamptz not null,
  contents_deleted_at timestamptz,
  primary key (hour, blob_key)
);

create table notify.inbound_sms_history (
  id uuid primary key,
  service_id uuid not null,
  notify_number text not null,
  provider_date timestamptz,
  provider_reference text,
  provider text not null,
  created_at timestamptz not null
);
create index inbound_sms_created_idx on notify.inbound_sms (created_at);
create index inbound_sms_user_number_idx on notify.inbound_sms (service_id, user_number, created_at);

-- Letters: internals section 6.10. -------------------------------------------------------------------------------------

create table notify.letter_despatches (
  notification_id uuid primary key,
  despatched_on date not null,
  cost_threshold text not null,
  constraint letter_despatches_threshold_check check (cost_threshold in ('sorted', 'unsorted'))
);
create index letter_despatches_day_idx on notify.letter_despatches (despatched_on);

create index returned_letters_service_idx on notify.returned_letters (service_id, reported_at, created_at);

-- Bulk sends: internals sections 3.4.8, 6.2 and 6.3. --------------------------------------------------------------------

-- Files that people uploaded; the bytes are a blob under the same id.
create table notify.bulk_uploads (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  original_file_name text not null,
  row_count integer not null,
  columns text[] not null,
  -- What the last check was about.
  template_id uuid,
  sender_id uuid,
  is_valid boolean,
  created_at timestamptz not null
);
create index bulk_uploads_created_idx on notify.bulk_uploads (created_at);

create table notify.contact_lists (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  original_file_name text not null,
  template_type text not null,
  row_count integer not null,
  columns text[] not null,
  created_by_id uuid references notify.users (id),
  archived boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint contact_lists_type_check check (template_type in ('email', 'sms'))
);
create index contact_lists_service_idx on notify.contact_lists (service_id, created_at) where not archived;

-- The original calls these jobs, and so do the columns of messages that belong to one.
create table notify.bulk_sends (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  template_id uuid not null,
  template_version integer not null,
  template_type text not null,
  original_file_name text not null,
  notification_count integer not null,
  sender_id uuid,
  -- The sender as it was when the bulk send was made: archiving it later changes nothing.
  sender_text text,
  status text not null,
  scheduled_for timestamptz,
  processing_started timestamptz,
  processing_finished timestamptz,
  -- The first row that is not a message yet.
  next_row integer not null default 0,
  -- The file is past retention and gone.
  archived boolean not null default false,
  contact_list_id uuid references notify.contact_lists (id),
  resend_of_id uuid references notify.bulk_sends (id),
  created_by_id uuid references notify.users (id),
  correlation_id text,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint bulk_sends_type_check check (template_type in ('sms', 'email', 'letter')),
  constraint bulk_sends_status_check check (status in ('scheduled', 'pending', 'in progress', 'finished',
    'finished all notifications created', 'sending limits exceeded', 'cancelled', 'error', 'ready to send',
    'sent to dvla'))
);
create index bulk_sends_service_idx on notify.bulk_sends (service_id, processing_started desc nulls first, created_at desc);
-- Few are unfinished at any time: what the sweeps look through.
create index bulk_sends_unfinished_idx on notify.bulk_sends (status, created_at)
  where status in ('scheduled', 'pending', 'in progress', 'finished', 'error');
create index bulk_sends_files_idx on notify.bulk_sends (created_at) where not archived;
create unique index bulk_sends_resend_key on notify.bulk_sends (resend_of_id) where resend_of_id is not null;

-- Reports of messages as CSV: internals section 6.13.
create table notify.report_requests (
  id uuid primary key,
  user_id uuid references notify.users (id),
  service_id uuid not null references notify.services (id),
  report_type text not null,
  status text not null,
  parameter jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint report_requests_status_check check (status in ('pending', 'in progress', 'stored', 'failed', 'deleted'))
);
create index report_requests_service_idx on notify.report_requests (service_id, created_at);
create index report_requests_created_idx on notify.report_requests (created_at) where status <> 'deleted';

-- Unsubscribe requests in batches: internals sections 3.4.18 and 6.11.5. -------------------------------------------------

create table notify.unsubscribe_reports (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  count integer not null,
  earliest_timestamp timestamptz not null,
  latest_timestamp timestamptz not null,
  processed_by_service_at timestamptz,
  created_at timestamptz not null
);
create index unsubscribe_reports_service_idx on notify.unsubscribe_reports (service_id, created_at);
create index unsubscribe_requests_service_idx on notify.unsubscribe_requests (service_id, created_at);
create index unsubscribe_requests_report_idx on notify.unsubscribe_requests (unsubscribe_request_report_id)
  where unsubscribe_request_report_id is not null;

create table notify.unsubscribe_requests_history (
  id uuid primary key,
  notification_id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  unsubscribe_request_report_id uuid,
  processed_by_service_at timestamptz,
  created_at timestamptz not null
);

-- Facts: internals sections 4.4 and 6.12. Days are London days. ---------------------------------------------------------

create table notify.ft_billing (
  bst_date date not null,
  template_id uuid not null,
  service_id uuid not null,
  notification_type text not null,
  provider text not null,
  rate_multiplier numeric not null,
  international boolean not null,
  rate numeric not null,
  -- `none` for what is no letter.
  postage text not null,
  billable_units bigint not null,
  notifications_sent integer not null,
  primary key (bst_date, template_id, service_id, notification_type, provider, rate_multiplier, international, rate,
    postage)
);
create index ft_billing_service_idx on notify.ft_billing (service_id, bst_date);

create table notify.ft_notification_status (
  bst_date date not null,
  template_id uuid not null,
  service_id uuid not null,
  -- Zeros for messages of no bulk send.
  job_id uuid not null,
  notification_type text not null,
  key_type text not null,
  notification_status text not null,
  notification_count integer not null,
  primary key (bst_date, template_id, service_id, job_id, notification_type, key_type, notification_status)
);
create index ft_notification_status_service_idx on notify.ft_notification_status (service_id, bst_date);
create index ft_notification_status_template_idx on notify.ft_notification_status (template_id, bst_date);
create index ft_notification_status_job_idx on notify.ft_notification_status (job_id)
  where job_id <> '00000000-0000-0000-0000-000000000000';

create table notify.ft_billing_letter_despatch (
  bst_date date not null,
  postage text not null,
  cost_threshold text not null,
  rate numeric not null,
  billable_units integer not null,
  notifications_sent integer not null,
  primary key (bst_date, postage, cost_threshold, rate, billable_units)
);

create table notify.ft_processing_time (
  bst_date date primary key,
  messages_total integer not null,
  messages_within_10_secs integer not null
);

create table notify.default_annual_allowances (
  valid_from_financial_year_start integer not null,
  organisation_type text not null,
  notification_type text not null default 'sms',
  allowance integer not null,
  primary key (organisation_type, notification_type, valid_from_financial_year_start)
);
insert into notify.default_annual_allowances (valid_from_financial_year_start, organisation_type, allowance) values
  (2026, 'central', 20000), (2026, 'nhs_central', 20000), (2026, 'local', 10000), (2026, 'nhs_local', 10000),
  (2026, 'emergency_service', 10000), (2026, 'school_or_college', 5000), (2026, 'other', 5000), (2026, 'nhs_gp', 0),
  (2026, 'nhs_notify', 0);

create table notify.annual_billing (
  service_id uuid not null references notify.services (id),
  financial_year_start integer not null,
  free_sms_fragment_limit integer not null,
  high_volume_service_last_year boolean not null default false,
  has_custom_allowance boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (service_id, financial_year_start),
  constraint annual_billing_limit_check check (free_sms_fragment_limit >= 0)
);

-- When what runs by the clock last finished, for people and for alerts on what did not run.
create table notify.schedule_runs (
  task text primary key,
  finished_at timestamptz not null
);

-- What the print provider lets us in with, once it was changed: sealed. `locked_until` belongs to whoever changes it.
create table notify.print_credentials (
  name text primary key,
  value bytea,
  locked_until timestamptz,
  updated_at timestamptz,
  constraint print_credentials_name_check check (name in ('password', 'api_key'))
);
insert into notify.print_credentials (name) values ('password'), ('api_key');

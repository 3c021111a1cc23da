create schema if not exists notify;

-- Tenants and what belongs to them: internals section 4.1. ------------------------------------------------------------

create table notify.services (
  id uuid primary key,
  name text not null,
  custom_email_sender_name text,
  email_sender_local_part text not null,
  active boolean not null default true,
  -- Trial mode.
  restricted boolean not null default true,
  prefix_sms boolean not null default true,
  permissions text[] not null default '{}',
  rate_limit integer not null default 3000,
  email_message_limit bigint not null default 999999999,
  sms_message_limit bigint not null default 999999999,
  letter_message_limit bigint not null default 999999999,
  international_sms_message_limit bigint not null default 250000,
  contact_link text,
  count_as_live boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint services_name_key unique (name)
);

create table notify.users (
  id uuid primary key,
  name text not null,
  email_address text not null,
  mobile_number text,
  state text not null default 'active',
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint users_email_address_key unique (email_address)
);

create table notify.user_to_service (
  user_id uuid not null references notify.users (id),
  service_id uuid not null references notify.services (id),
  primary key (service_id, user_id)
);

create table notify.guest_list (
  service_id uuid not null references notify.services (id),
  recipient_type text not null,
  recipient text not null,
  primary key (service_id, recipient_type, recipient),
  constraint guest_list_recipient_type_check check (recipient_type in ('mobile', 'email'))
);

create table notify.api_keys (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  name text not null,
  -- Sealed with the module's key: verifying an HMAC needs the secret itself.
  secret bytea not null,
  key_type text not null,
  expiry_date timestamptz,
  created_by_id uuid references notify.users (id),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint api_keys_key_type_check check (key_type in ('normal', 'team', 'test'))
);
create unique index api_keys_name_key on notify.api_keys (service_id, name) where expiry_date is null;

create table notify.sms_senders (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  sms_sender text not null,
  is_default boolean not null,
  archived boolean not null default false,
  inbound_number_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz
);
create unique index sms_senders_default_key on notify.sms_senders (service_id) where is_default and not archived;

create table notify.email_reply_to (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  email_address text not null,
  is_default boolean not null,
  archived boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz
);
create unique index email_reply_to_default_key on notify.email_reply_to (service_id) where is_default and not archived;

create table notify.letter_contacts (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  contact_block text not null,
  is_default boolean not null,
  archived boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz
);
create unique index letter_contacts_default_key on notify.letter_contacts (service_id) where is_default and not archived;

create table notify.inbound_numbers (
  id uuid primary key,
  number text not null,
  provider text not null,
  service_id uuid references notify.services (id),
  active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint inbound_numbers_number_key unique (number),
  constraint inbound_numbers_service_key unique (service_id)
);

create table notify.service_callbacks (
  service_id uuid not null references notify.services (id),
  callback_type text not null,
  url text not null,
  bearer_token bytea not null,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (service_id, callback_type),
  constraint service_callbacks_type_check
    check (callback_type in ('delivery_status', 'inbound_sms', 'returned_letter', 'complaint'))
);

create table notify.data_retention (
  service_id uuid not null references notify.services (id),
  notification_type text not null,
  days_of_retention integer not null,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (service_id, notification_type),
  constraint data_retention_days_check check (days_of_retention between 3 and 90)
);

-- Templates: internals section 4.2. Every version is kept; `templates` is the newest. ---------------------------------

create table notify.templates (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  template_type text not null,
  name text not null,
  content text not null,
  subject text,
  postage text,
  archived boolean not null default false,
  hidden boolean not null default false,
  letter_contact_id uuid references notify.letter_contacts (id),
  has_unsubscribe_link boolean not null default false,
  created_by text not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint templates_type_check check (template_type in ('sms', 'email', 'letter')),
  constraint templates_postage_check
    check (postage is null or postage in ('first', 'second', 'economy', 'europe', 'rest-of-world')),
  constraint templates_unsubscribe_check check (not has_unsubscribe_link or template_type = 'email')
);
create index templates_service_idx on notify.templates (service_id, name, template_type);

create table notify.templates_history (
  id uuid not null,
  version integer not null,
  service_id uuid not null references notify.services (id),
  template_type text not null,
  name text not null,
  content text not null,
  subject text,
  postage text,
  archived boolean not null,
  hidden boolean not null,
  letter_contact_id uuid,
  has_unsubscribe_link boolean not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (id, version)
);

-- Messages: internals section 4.3. -----------------------------------------------------------------------------------

-- Ids sort by the time they were made, so both indexes grow at their right edge and an insert costs the same at ten
-- million rows. The pages keep room for the claim of a delivery attempt, which changes no indexed column.
create table notify.notifications (
  id uuid primary key,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  api_key_id uuid,
  key_type text not null,
  notification_type text not null,
  notification_status text not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  updated_at timestamptz,
  sent_by text,
  -- The provider's own id of the message where it gives one; letters: the reference printed on them.
  reference text,
  client_reference text,
  recipient text not null,
  normalised_to text,
  -- Sealed JSON.
  personalisation bytea,
  job_id uuid,
  job_row_number integer,
  created_by_id uuid,
  billable_units integer not null default 0,
  international boolean not null default false,
  phone_prefix text,
  rate_multiplier numeric,
  reply_to_text text,
  postage text,
  document_download_count integer,
  unsubscribe_link text,
  correlation_id text,
  -- How often a worker set out to hand the message over, to whom, and since when the outcome of that is unknown.
  send_attempts smallint not null default 0,
  attempt_provider text,
  attempt_began_at timestamptz,
  unknown_outcomes smallint not null default 0,
  constraint notifications_key_type_check check (key_type in ('normal', 'team', 'test')),
  constraint notifications_type_check check (notification_type in ('sms', 'email', 'letter')),
  constraint notifications_status_check check (notification_status in ('created', 'sending', 'sent', 'delivered', 'pending', 'failed',
    'technical-failure', 'temporary-failure', 'permanent-failure', 'pending-virus-check', 'validation-failed',
    'virus-scan-failed', 'returned-letter', 'cancelled')),
  constraint notifications_unsubscribe_check check (unsubscribe_link is null or notification_type = 'email')
)
with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);

create index notifications_service_created_idx on notify.notifications (service_id, key_type, created_at, id);
-- Most messages are delivered; lists of the others find them without passing over those.
create index notifications_undelivered_idx on notify.notifications (service_id, key_type, created_at, id)
  where notification_status <> 'delivered';
create unique index notifications_job_row_key on notify.notifications (job_id, job_row_number) where job_id is not null;
create index notifications_reference_idx on notify.notifications (reference) where reference is not null;
create index notifications_client_reference_idx
  on notify.notifications (service_id, client_reference, created_at, id) where client_reference is not null;
-- Few rows are unfinished at any time: what time-outs and replays look through.
create index notifications_unfinished_idx on notify.notifications (notification_type, notification_status, created_at)
  where notification_status in ('created', 'sending', 'pending', 'pending-virus-check');

-- What is left of a message after retention: no recipient and no content.
create table notify.notification_history (
  id uuid primary key,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  api_key_id uuid,
  key_type text not null,
  notification_type text not null,
  notification_status text not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  updated_at timestamptz,
  sent_by text,
  reference text,
  client_reference text,
  job_id uuid,
  job_row_number integer,
  created_by_id uuid,
  billable_units integer not null,
  international boolean not null,
  phone_prefix text,
  rate_multiplier numeric,
  postage text,
  document_download_count integer
);
create index notification_history_reference_idx on notify.notification_history (reference) where reference is not null;
create index notification_history_created_idx on notify.notification_history (created_at);

-- Messages of other modules: a repeated call with the same key finds the first one.
create table notify.internal_sends (
  idempotency_key text primary key,
  notification_id uuid not null,
  created_at timestamptz not null
);

create table notify.inbound_sms (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  notify_number text not null,
  user_number text not null,
  provider_date timestamptz,
  provider_reference text,
  provider text not null,
  -- Sealed text.
  content bytea not null,
  created_at timestamptz not null
);
create index inbound_sms_service_idx on notify.inbound_sms (service_id, created_at, id);
create unique index inbound_sms_provider_reference_key on notify.inbound_sms (provider, provider_reference)
  where provider_reference is not null;

create table notify.complaints (
  id uuid primary key,
  notification_id uuid not null,
  service_id uuid not null,
  ses_feedback_id text,
  complaint_type text,
  complaint_date timestamptz,
  created_at timestamptz not null
);
create unique index complaints_feedback_key on notify.complaints (ses_feedback_id, notification_id);
create index complaints_notification_idx on notify.complaints (notification_id);

create table notify.returned_letters (
  notification_id uuid primary key,
  service_id uuid not null,
  reported_at date not null,
  created_at timestamptz not null
);

create table notify.unsubscribe_requests (
  id uuid primary key,
  notification_id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  email_address text not null,
  unsubscribe_request_report_id uuid,
  processed_by_service_at timestamptz,
  created_at timestamptz not null
);
create index unsubscribe_requests_notification_idx on notify.unsubscribe_requests (notification_id, created_at);
-- One open request for each message, however often its link is opened.
create unique index unsubscribe_requests_open_key on notify.unsubscribe_requests (notification_id)
  where processed_by_service_at is null;

-- Callbacks on their way: destination and body as they were when queued. Rows go once the receiver has answered.
create table notify.queued_callbacks (
  id uuid primary key,
  service_id uuid not null,
  callback_type text not null,
  -- Null for received texts, whose destination is read when they are sent.
  url text,
  bearer_token bytea,
  -- Sealed JSON.
  body bytea not null,
  about_id uuid not null,
  attempts smallint not null default 0,
  -- When the receipt or the text came that this tells of.
  caused_at timestamptz not null,
  created_at timestamptz not null
);

-- Providers: internals sections 4.4 and 6.5. ---------------------------------------------------------------------------

create table notify.providers (
  identifier text primary key,
  display_name text not null,
  notification_type text not null,
  priority integer not null,
  active boolean not null,
  supports_international boolean not null,
  version integer not null default 1,
  updated_at timestamptz,
  created_by text,
  reason text,
  constraint providers_priority_check check (priority between 0 and 100)
);
create table notify.providers_history (
  identifier text not null,
  version integer not null,
  priority integer not null,
  active boolean not null,
  supports_international boolean not null,
  updated_at timestamptz,
  created_by text,
  reason text,
  primary key (identifier, version)
);
insert into notify.providers (identifier, display_name, notification_type, priority, active, supports_international) values
  ('mmg', 'MMG', 'sms', 51, true, true),
  ('firetext', 'Firetext', 'sms', 49, true, true),
  ('http-sms', 'Open HTTP', 'sms', 0, false, true),
  ('smtp', 'SMTP', 'email', 100, true, false),
  ('ses', 'AWS SES', 'email', 0, false, false),
  ('dvla', 'DVLA', 'letter', 100, true, false);
insert into notify.providers_history
  select identifier, version, priority, active, supports_international, updated_at, created_by, reason from notify.providers;

-- Failed calls of the last minute, counted by all processes together.
create table notify.provider_errors (
  identifier text not null,
  at_second timestamptz not null,
  failures integer not null,
  primary key (identifier, at_second)
);

-- Prices in pounds: internals section 4.4.
create table notify.sms_rates (
  valid_from timestamptz primary key,
  rate numeric not null
);
insert into notify.sms_rates values
  ('2024-03-31T23:00:00Z', 0.0227), ('2025-03-31T23:00:00Z', 0.0233), ('2026-03-31T23:00:00Z', 0.024);

create table notify.letter_rates (
  start_date timestamptz not null,
  end_date timestamptz,
  sheet_count integer not null,
  rate numeric not null,
  post_class text not null,
  primary key (post_class, sheet_count, start_date)
);
insert into notify.letter_rates (start_date, post_class, sheet_count, rate)
select from_date::timestamptz, post_class, sheets, rates[sheets]
from (values
  ('2026-06-30T23:00:00Z', 'economy', array[0.638, 0.684, 0.724, 0.779, 0.823]),
  ('2026-01-01T00:00:00Z', 'second', array[0.73, 0.77, 0.82, 0.87, 0.91]),
  ('2026-03-31T23:00:00Z', 'first', array[1.56, 1.61, 1.66, 1.71, 1.76]),
  ('2026-04-30T23:00:00Z', 'europe', array[1.80, 1.84, 1.88, 1.92, 1.96]),
  ('2026-04-30T23:00:00Z', 'rest-of-world', array[1.80, 1.84, 1.88, 1.92, 1.96])
) as price(from_date, post_class, rates), generate_series(1, 5) as sheets;

-- Limits: public section 6.11. -----------------------------------------------------------------------------------------

create table notify.daily_counters (
  service_id uuid not null,
  channel text not null,
  day date not null,
  count bigint not null,
  primary key (service_id, channel, day),
  constraint daily_counters_channel_check check (channel in ('email', 'sms', 'letter', 'international_sms'))
)
with (fillfactor = 20);

-- Lost in a crash of the server, after which every bucket is full again; so a request costs no flush of the log.
create unlogged table notify.token_buckets (
  service_id uuid not null,
  key_type text not null,
  tokens double precision not null,
  -- Seconds since 1970.
  last_replenished double precision not null,
  -- What the bucket held before the last requests were taken from it.
  available double precision not null,
  primary key (service_id, key_type)
)
with (fillfactor = 20);

-- Ends the statement of a group of accepted messages of which one is over a daily limit; the group is then split.
create function notify.refuse_over_limit() returns boolean language plpgsql as $$
begin
  raise exception 'a daily limit is reached' using errcode = 'NT429';
end
$$;

create schema notify;

create table notify.admin_events (
  id uuid not null,
  event_type text not null,
  data jsonb not null,
  created_at timestamp with time zone not null,
  constraint admin_events_pkey PRIMARY KEY (id)
);
CREATE INDEX admin_events_created_idx ON notify.admin_events USING btree (created_at);

create table notify.alerts (
  key text not null,
  created_at timestamp with time zone not null,
  constraint alerts_pkey PRIMARY KEY (key)
);

create table notify.annual_billing (
  service_id uuid not null,
  financial_year_start integer not null,
  free_sms_fragment_limit integer not null,
  high_volume_service_last_year boolean default false not null,
  has_custom_allowance boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint annual_billing_pkey PRIMARY KEY (service_id, financial_year_start),
  constraint annual_billing_limit_check CHECK ((free_sms_fragment_limit >= 0)),
  constraint annual_billing_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);

create table notify.api_keys (
  id uuid not null,
  service_id uuid not null,
  name text not null,
  secret bytea not null,
  key_type text not null,
  expiry_date timestamp with time zone,
  created_by_id uuid,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_key_type_check CHECK ((key_type = ANY (ARRAY['normal'::text, 'team'::text, 'test'::text]))),
  constraint api_keys_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint api_keys_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE UNIQUE INDEX api_keys_name_key ON notify.api_keys USING btree (service_id, name) WHERE (expiry_date IS NULL);

create table notify.archived_hours (
  hour timestamp with time zone not null,
  blob_key text not null,
  row_count integer not null,
  exported_at timestamp with time zone not null,
  contents_deleted_at timestamp with time zone,
  constraint archived_hours_pkey PRIMARY KEY (hour, blob_key)
);

create table notify.blob_deletions (
  key text not null,
  created_at timestamp with time zone not null,
  constraint blob_deletions_pkey PRIMARY KEY (key)
);

create table notify.bulk_sends (
  id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  template_type text not null,
  original_file_name text not null,
  notification_count integer not null,
  sender_id uuid,
  sender_text text,
  status text not null,
  scheduled_for timestamp with time zone,
  processing_started timestamp with time zone,
  processing_finished timestamp with time zone,
  next_row integer default 0 not null,
  archived boolean default false not null,
  contact_list_id uuid,
  resend_of_id uuid,
  created_by_id uuid,
  correlation_id text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint bulk_sends_pkey PRIMARY KEY (id),
  constraint bulk_sends_status_check CHECK ((status = ANY (ARRAY['scheduled'::text, 'pending'::text, 'in progress'::text, 'finished'::text, 'finished all notifications created'::text, 'sending limits exceeded'::text, 'cancelled'::text, 'error'::text, 'ready to send'::text, 'sent to dvla'::text]))),
  constraint bulk_sends_type_check CHECK ((template_type = ANY (ARRAY['sms'::text, 'email'::text, 'letter'::text]))),
  constraint bulk_sends_contact_list_id_fkey FOREIGN KEY (contact_list_id) REFERENCES notify.contact_lists(id),
  constraint bulk_sends_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint bulk_sends_resend_of_id_fkey FOREIGN KEY (resend_of_id) REFERENCES notify.bulk_sends(id),
  constraint bulk_sends_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX bulk_sends_files_idx ON notify.bulk_sends USING btree (created_at) WHERE (NOT archived);
CREATE UNIQUE INDEX bulk_sends_resend_key ON notify.bulk_sends USING btree (resend_of_id) WHERE (resend_of_id IS NOT NULL);
CREATE INDEX bulk_sends_service_idx ON notify.bulk_sends USING btree (service_id, processing_started DESC, created_at DESC);
CREATE INDEX bulk_sends_unfinished_idx ON notify.bulk_sends USING btree (status, created_at) WHERE (status = ANY (ARRAY['scheduled'::text, 'pending'::text, 'in progress'::text, 'finished'::text, 'error'::text]));

create table notify.bulk_uploads (
  id uuid not null,
  service_id uuid not null,
  original_file_name text not null,
  row_count integer not null,
  columns text[] not null,
  template_id uuid,
  sender_id uuid,
  is_valid boolean,
  created_at timestamp with time zone not null,
  constraint bulk_uploads_pkey PRIMARY KEY (id),
  constraint bulk_uploads_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX bulk_uploads_created_idx ON notify.bulk_uploads USING btree (created_at);

create table notify.callback_log (
  id uuid not null,
  service_id uuid not null,
  callback_type text not null,
  url text,
  body bytea,
  about_id uuid not null,
  attempts smallint not null,
  outcome text not null,
  status smallint,
  reason text,
  caused_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  constraint callback_log_pkey PRIMARY KEY (id),
  constraint callback_log_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'failed'::text]))),
  constraint callback_log_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX callback_log_ended_idx ON notify.callback_log USING btree (ended_at);
CREATE INDEX callback_log_service_idx ON notify.callback_log USING btree (service_id, ended_at, id);

create table notify.complaints (
  id uuid not null,
  notification_id uuid not null,
  service_id uuid not null,
  ses_feedback_id text,
  complaint_type text,
  complaint_date timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint complaints_pkey PRIMARY KEY (id)
);
CREATE INDEX complaints_created_idx ON notify.complaints USING btree (created_at, id);
CREATE UNIQUE INDEX complaints_feedback_key ON notify.complaints USING btree (ses_feedback_id, notification_id);
CREATE INDEX complaints_notification_idx ON notify.complaints USING btree (notification_id);

create table notify.contact_lists (
  id uuid not null,
  service_id uuid not null,
  original_file_name text not null,
  template_type text not null,
  row_count integer not null,
  columns text[] not null,
  created_by_id uuid,
  archived boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint contact_lists_pkey PRIMARY KEY (id),
  constraint contact_lists_type_check CHECK ((template_type = ANY (ARRAY['email'::text, 'sms'::text]))),
  constraint contact_lists_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint contact_lists_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX contact_lists_service_idx ON notify.contact_lists USING btree (service_id, created_at) WHERE (NOT archived);

create table notify.daily_counters (
  service_id uuid not null,
  channel text not null,
  day date not null,
  count bigint not null,
  constraint daily_counters_pkey PRIMARY KEY (service_id, channel, day),
  constraint daily_counters_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'letter'::text, 'international_sms'::text])))
) with (fillfactor=20);

create table notify.data_retention (
  service_id uuid not null,
  notification_type text not null,
  days_of_retention integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  id uuid default gen_random_uuid() not null,
  days_given integer,
  constraint data_retention_pkey PRIMARY KEY (service_id, notification_type),
  constraint data_retention_days_check CHECK (((days_of_retention >= 0) AND (days_of_retention <= 36500))),
  constraint data_retention_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);

create table notify.default_annual_allowances (
  valid_from_financial_year_start integer not null,
  organisation_type text not null,
  notification_type text default 'sms'::text not null,
  allowance integer not null,
  constraint default_annual_allowances_pkey PRIMARY KEY (organisation_type, notification_type, valid_from_financial_year_start)
);

create table notify.email_brand_pools (
  organisation_id uuid not null,
  email_brand_id uuid not null,
  constraint email_brand_pools_pkey PRIMARY KEY (organisation_id, email_brand_id),
  constraint email_brand_pools_email_brand_id_fkey FOREIGN KEY (email_brand_id) REFERENCES notify.email_brands(id),
  constraint email_brand_pools_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES notify.organisations(id)
);
CREATE INDEX email_brand_pools_brand_idx ON notify.email_brand_pools USING btree (email_brand_id);

create table notify.email_brands (
  id uuid not null,
  name text not null,
  colour text,
  logo text,
  text text,
  alt_text text,
  brand_type text default 'org'::text not null,
  active boolean default true not null,
  created_by_id uuid,
  updated_by_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint email_brands_pkey PRIMARY KEY (id),
  constraint email_brands_name_key UNIQUE (name),
  constraint email_brands_one_text_check CHECK (((text IS NULL) <> (alt_text IS NULL))),
  constraint email_brands_type_check CHECK ((brand_type = ANY (ARRAY['org'::text, 'both'::text, 'org_banner'::text]))),
  constraint email_brands_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint email_brands_updated_by_id_fkey FOREIGN KEY (updated_by_id) REFERENCES notify.users(id)
);

create table notify.email_reply_to (
  id uuid not null,
  service_id uuid not null,
  email_address text not null,
  is_default boolean not null,
  archived boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint email_reply_to_pkey PRIMARY KEY (id),
  constraint email_reply_to_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE UNIQUE INDEX email_reply_to_default_key ON notify.email_reply_to USING btree (service_id) WHERE (is_default AND (NOT archived));

create table notify.ft_billing (
  bst_date date not null,
  template_id uuid not null,
  service_id uuid not null,
  notification_type text not null,
  provider text not null,
  rate_multiplier numeric not null,
  international boolean not null,
  rate numeric not null,
  postage text not null,
  billable_units bigint not null,
  notifications_sent integer not null,
  constraint ft_billing_pkey PRIMARY KEY (bst_date, template_id, service_id, notification_type, provider, rate_multiplier, international, rate, postage)
);
CREATE INDEX ft_billing_service_idx ON notify.ft_billing USING btree (service_id, bst_date);

create table notify.ft_billing_letter_despatch (
  bst_date date not null,
  postage text not null,
  cost_threshold text not null,
  rate numeric not null,
  billable_units integer not null,
  notifications_sent integer not null,
  constraint ft_billing_letter_despatch_pkey PRIMARY KEY (bst_date, postage, cost_threshold, rate, billable_units)
);

create table notify.ft_notification_status (
  bst_date date not null,
  template_id uuid not null,
  service_id uuid not null,
  job_id uuid not null,
  notification_type text not null,
  key_type text not null,
  notification_status text not null,
  notification_count integer not null,
  constraint ft_notification_status_pkey PRIMARY KEY (bst_date, template_id, service_id, job_id, notification_type, key_type, notification_status)
);
CREATE INDEX ft_notification_status_job_idx ON notify.ft_notification_status USING btree (job_id) WHERE (job_id <> '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX ft_notification_status_service_idx ON notify.ft_notification_status USING btree (service_id, bst_date);
CREATE INDEX ft_notification_status_template_idx ON notify.ft_notification_status USING btree (template_id, bst_date);

create table notify.ft_processing_time (
  bst_date date not null,
  messages_total integer not null,
  messages_within_10_secs integer not null,
  constraint ft_processing_time_pkey PRIMARY KEY (bst_date)
);

create table notify.guest_list (
  service_id uuid not null,
  recipient_type text not null,
  recipient text not null,
  constraint guest_list_pkey PRIMARY KEY (service_id, recipient_type, recipient),
  constraint guest_list_recipient_type_check CHECK ((recipient_type = ANY (ARRAY['mobile'::text, 'email'::text]))),
  constraint guest_list_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);

create table notify.inbound_numbers (
  id uuid not null,
  number text not null,
  provider text not null,
  service_id uuid,
  active boolean default true not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint inbound_numbers_pkey PRIMARY KEY (id),
  constraint inbound_numbers_number_key UNIQUE (number),
  constraint inbound_numbers_service_key UNIQUE (service_id),
  constraint inbound_numbers_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);

create table notify.inbound_sms (
  id uuid not null,
  service_id uuid not null,
  notify_number text not null,
  user_number text not null,
  provider_date timestamp with time zone,
  provider_reference text,
  provider text not null,
  content bytea not null,
  created_at timestamp with time zone not null,
  constraint inbound_sms_pkey PRIMARY KEY (id),
  constraint inbound_sms_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX inbound_sms_created_idx ON notify.inbound_sms USING btree (created_at);
CREATE UNIQUE INDEX inbound_sms_provider_reference_key ON notify.inbound_sms USING btree (provider, provider_reference) WHERE (provider_reference IS NOT NULL);
CREATE INDEX inbound_sms_service_idx ON notify.inbound_sms USING btree (service_id, created_at, id);
CREATE INDEX inbound_sms_user_number_idx ON notify.inbound_sms USING btree (service_id, user_number, created_at);

create table notify.inbound_sms_history (
  id uuid not null,
  service_id uuid not null,
  notify_number text not null,
  provider_date timestamp with time zone,
  provider_reference text,
  provider text not null,
  created_at timestamp with time zone not null,
  constraint inbound_sms_history_pkey PRIMARY KEY (id)
);

create table notify.internal_sends (
  idempotency_key text not null,
  notification_id uuid not null,
  created_at timestamp with time zone not null,
  constraint internal_sends_pkey PRIMARY KEY (idempotency_key)
);

create table notify.invited_organisation_users (
  id uuid not null,
  organisation_id uuid not null,
  invited_by_id uuid not null,
  email_address text not null,
  status text default 'pending'::text not null,
  permissions text[] default '{}'::text[] not null,
  created_at timestamp with time zone not null,
  constraint invited_organisation_users_pkey PRIMARY KEY (id),
  constraint invited_organisation_users_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'cancelled'::text]))),
  constraint invited_organisation_users_invited_by_id_fkey FOREIGN KEY (invited_by_id) REFERENCES notify.users(id),
  constraint invited_organisation_users_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES notify.organisations(id)
);
CREATE INDEX invited_organisation_users_organisation_idx ON notify.invited_organisation_users USING btree (organisation_id, created_at);

create table notify.invited_users (
  id uuid not null,
  service_id uuid not null,
  from_user_id uuid not null,
  email_address text not null,
  status text default 'pending'::text not null,
  permissions text not null,
  auth_type text default 'sms_auth'::text not null,
  folder_permissions uuid[] default '{}'::uuid[] not null,
  created_at timestamp with time zone not null,
  constraint invited_users_pkey PRIMARY KEY (id),
  constraint invited_users_auth_type_check CHECK ((auth_type = ANY (ARRAY['sms_auth'::text, 'email_auth'::text, 'webauthn_auth'::text]))),
  constraint invited_users_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'cancelled'::text]))),
  constraint invited_users_from_user_id_fkey FOREIGN KEY (from_user_id) REFERENCES notify.users(id),
  constraint invited_users_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX invited_users_service_idx ON notify.invited_users USING btree (service_id, created_at);

create table notify.letter_attachments (
  id uuid not null,
  service_id uuid not null,
  original_filename text not null,
  page_count smallint not null,
  created_by_id uuid,
  archived_at timestamp with time zone,
  archived_by_id uuid,
  created_at timestamp with time zone not null,
  constraint letter_attachments_pkey PRIMARY KEY (id),
  constraint letter_attachments_archived_by_id_fkey FOREIGN KEY (archived_by_id) REFERENCES notify.users(id),
  constraint letter_attachments_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint letter_attachments_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX letter_attachments_service_idx ON notify.letter_attachments USING btree (service_id);

create table notify.letter_brand_pools (
  organisation_id uuid not null,
  letter_brand_id uuid not null,
  constraint letter_brand_pools_pkey PRIMARY KEY (organisation_id, letter_brand_id),
  constraint letter_brand_pools_letter_brand_id_fkey FOREIGN KEY (letter_brand_id) REFERENCES notify.letter_brands(id),
  constraint letter_brand_pools_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES notify.organisations(id)
);
CREATE INDEX letter_brand_pools_brand_idx ON notify.letter_brand_pools USING btree (letter_brand_id);

create table notify.letter_brands (
  id uuid not null,
  name text not null,
  filename text not null,
  created_by_id uuid,
  updated_by_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint letter_brands_pkey PRIMARY KEY (id),
  constraint letter_brands_filename_key UNIQUE (filename),
  constraint letter_brands_name_key UNIQUE (name),
  constraint letter_brands_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint letter_brands_updated_by_id_fkey FOREIGN KEY (updated_by_id) REFERENCES notify.users(id)
);

create table notify.letter_contacts (
  id uuid not null,
  service_id uuid not null,
  contact_block text not null,
  is_default boolean not null,
  archived boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint letter_contacts_pkey PRIMARY KEY (id),
  constraint letter_contacts_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE UNIQUE INDEX letter_contacts_default_key ON notify.letter_contacts USING btree (service_id) WHERE (is_default AND (NOT archived));

create table notify.letter_despatches (
  notification_id uuid not null,
  despatched_on date not null,
  cost_threshold text not null,
  constraint letter_despatches_pkey PRIMARY KEY (notification_id),
  constraint letter_despatches_threshold_check CHECK ((cost_threshold = ANY (ARRAY['sorted'::text, 'unsorted'::text])))
);
CREATE INDEX letter_despatches_day_idx ON notify.letter_despatches USING btree (despatched_on);

create table notify.letter_rates (
  start_date timestamp with time zone not null,
  end_date timestamp with time zone,
  sheet_count integer not null,
  rate numeric not null,
  post_class text not null,
  constraint letter_rates_pkey PRIMARY KEY (post_class, sheet_count, start_date)
);

create table notify.notification_history (
  id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  api_key_id uuid,
  key_type text not null,
  notification_type text not null,
  notification_status text not null,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  updated_at timestamp with time zone,
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
  document_download_count integer,
  constraint notification_history_pkey PRIMARY KEY (id)
);
CREATE INDEX notification_history_created_idx ON notify.notification_history USING btree (created_at);
CREATE INDEX notification_history_job_idx ON notify.notification_history USING btree (job_id) WHERE (job_id IS NOT NULL);
CREATE INDEX notification_history_reference_idx ON notify.notification_history USING btree (reference) WHERE (reference IS NOT NULL);
CREATE INDEX notification_history_service_idx ON notify.notification_history USING btree (service_id, key_type, notification_type, created_at);

create table notify.notifications (
  id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  api_key_id uuid,
  key_type text not null,
  notification_type text not null,
  notification_status text not null,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  updated_at timestamp with time zone,
  sent_by text,
  reference text,
  client_reference text,
  recipient text not null,
  normalised_to text,
  personalisation bytea,
  job_id uuid,
  job_row_number integer,
  created_by_id uuid,
  billable_units integer default 0 not null,
  international boolean default false not null,
  phone_prefix text,
  rate_multiplier numeric,
  reply_to_text text,
  postage text,
  document_download_count integer,
  unsubscribe_link text,
  correlation_id text,
  send_attempts smallint default 0 not null,
  attempt_provider text,
  attempt_began_at timestamp with time zone,
  unknown_outcomes smallint default 0 not null,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_key_type_check CHECK ((key_type = ANY (ARRAY['normal'::text, 'team'::text, 'test'::text]))),
  constraint notifications_status_check CHECK ((notification_status = ANY (ARRAY['created'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'pending'::text, 'failed'::text, 'technical-failure'::text, 'temporary-failure'::text, 'permanent-failure'::text, 'pending-virus-check'::text, 'validation-failed'::text, 'virus-scan-failed'::text, 'returned-letter'::text, 'cancelled'::text]))),
  constraint notifications_type_check CHECK ((notification_type = ANY (ARRAY['sms'::text, 'email'::text, 'letter'::text]))),
  constraint notifications_unsubscribe_check CHECK (((unsubscribe_link IS NULL) OR (notification_type = 'email'::text)))
) with (fillfactor=85, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05);
CREATE INDEX notifications_client_reference_idx ON notify.notifications USING btree (service_id, client_reference, created_at, id) WHERE (client_reference IS NOT NULL);
CREATE UNIQUE INDEX notifications_job_row_key ON notify.notifications USING btree (job_id, job_row_number) WHERE (job_id IS NOT NULL);
CREATE INDEX notifications_letters_idx ON notify.notifications USING btree (created_at, id) WHERE (notification_type = 'letter'::text);
CREATE INDEX notifications_reference_idx ON notify.notifications USING btree (reference) WHERE (reference IS NOT NULL);
CREATE INDEX notifications_service_created_idx ON notify.notifications USING btree (service_id, key_type, created_at, id);
CREATE INDEX notifications_service_texts_idx ON notify.notifications USING btree (service_id, key_type, created_at, id) WHERE (notification_type = 'sms'::text);
CREATE INDEX notifications_undelivered_idx ON notify.notifications USING btree (service_id, key_type, created_at, id) WHERE (notification_status <> 'delivered'::text);
CREATE INDEX notifications_unfinished_idx ON notify.notifications USING btree (notification_type, notification_status, created_at) WHERE (notification_status = ANY (ARRAY['created'::text, 'sending'::text, 'pending'::text, 'pending-virus-check'::text]));

create table notify.organisation_domains (
  domain text not null,
  organisation_id uuid not null,
  constraint organisation_domains_pkey PRIMARY KEY (domain),
  constraint organisation_domains_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES notify.organisations(id)
);
CREATE INDEX organisation_domains_organisation_idx ON notify.organisation_domains USING btree (organisation_id);

create table notify.organisations (
  id uuid not null,
  name text not null,
  active boolean default true not null,
  crown boolean,
  organisation_type text,
  agreement_signed boolean,
  agreement_signed_at timestamp with time zone,
  agreement_signed_by_id uuid,
  agreement_signed_on_behalf_of_name text,
  agreement_signed_on_behalf_of_email_address text,
  agreement_signed_version double precision,
  request_to_go_live_notes text,
  can_approve_own_go_live_requests boolean default false not null,
  notes text,
  purchase_order_number text,
  billing_contact_names text,
  billing_contact_email_addresses text,
  billing_reference text,
  permissions text[] default '{can_ask_to_join_a_service}'::text[] not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  email_branding_id uuid,
  letter_branding_id uuid,
  constraint organisations_pkey PRIMARY KEY (id),
  constraint organisations_name_key UNIQUE (name),
  constraint organisations_agreement_signed_by_id_fkey FOREIGN KEY (agreement_signed_by_id) REFERENCES notify.users(id),
  constraint organisations_email_branding_id_fkey FOREIGN KEY (email_branding_id) REFERENCES notify.email_brands(id),
  constraint organisations_letter_branding_id_fkey FOREIGN KEY (letter_branding_id) REFERENCES notify.letter_brands(id)
);
CREATE INDEX organisations_email_branding_idx ON notify.organisations USING btree (email_branding_id) WHERE (email_branding_id IS NOT NULL);
CREATE INDEX organisations_letter_branding_idx ON notify.organisations USING btree (letter_branding_id) WHERE (letter_branding_id IS NOT NULL);

create table notify.print_credentials (
  name text not null,
  value bytea,
  locked_until timestamp with time zone,
  updated_at timestamp with time zone,
  constraint print_credentials_pkey PRIMARY KEY (name),
  constraint print_credentials_name_check CHECK ((name = ANY (ARRAY['password'::text, 'api_key'::text])))
);

create table notify.protected_sender_ids (
  sender_id text not null,
  constraint protected_sender_ids_pkey PRIMARY KEY (sender_id)
);

create table notify.provider_errors (
  identifier text not null,
  at_second timestamp with time zone not null,
  failures integer not null,
  constraint provider_errors_pkey PRIMARY KEY (identifier, at_second)
);

create table notify.providers (
  identifier text not null,
  display_name text not null,
  notification_type text not null,
  priority integer not null,
  active boolean not null,
  supports_international boolean not null,
  version integer default 1 not null,
  updated_at timestamp with time zone,
  created_by text,
  reason text,
  id uuid default gen_random_uuid() not null,
  constraint providers_pkey PRIMARY KEY (identifier),
  constraint providers_id_key UNIQUE (id),
  constraint providers_priority_check CHECK (((priority >= 0) AND (priority <= 100)))
);

create table notify.providers_history (
  identifier text not null,
  version integer not null,
  priority integer not null,
  active boolean not null,
  supports_international boolean not null,
  updated_at timestamp with time zone,
  created_by text,
  reason text,
  created_by_id uuid,
  constraint providers_history_pkey PRIMARY KEY (identifier, version),
  constraint providers_history_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id)
);

create table notify.queued_callbacks (
  id uuid not null,
  service_id uuid not null,
  callback_type text not null,
  url text,
  bearer_token bytea,
  body bytea not null,
  about_id uuid not null,
  attempts smallint default 0 not null,
  caused_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  last_status smallint,
  last_reason text,
  last_call_at timestamp with time zone,
  constraint queued_callbacks_pkey PRIMARY KEY (id)
);
CREATE INDEX queued_callbacks_service_idx ON notify.queued_callbacks USING btree (service_id, created_at, id);

create table notify.report_requests (
  id uuid not null,
  user_id uuid,
  service_id uuid not null,
  report_type text not null,
  status text not null,
  parameter jsonb not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint report_requests_pkey PRIMARY KEY (id),
  constraint report_requests_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'in progress'::text, 'stored'::text, 'failed'::text, 'deleted'::text]))),
  constraint report_requests_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id),
  constraint report_requests_user_id_fkey FOREIGN KEY (user_id) REFERENCES notify.users(id)
);
CREATE INDEX report_requests_created_idx ON notify.report_requests USING btree (created_at) WHERE (status <> 'deleted'::text);
CREATE INDEX report_requests_service_idx ON notify.report_requests USING btree (service_id, created_at);

create table notify.retention_marks (
  service_id uuid not null,
  notification_type text not null,
  archived_before timestamp with time zone not null,
  constraint retention_marks_pkey PRIMARY KEY (service_id, notification_type),
  constraint retention_marks_type_check CHECK ((notification_type = ANY (ARRAY['sms'::text, 'email'::text]))),
  constraint retention_marks_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id) ON DELETE CASCADE
);

create table notify.retention_walks (
  days integer not null,
  walked_to uuid not null,
  constraint retention_walks_pkey PRIMARY KEY (days)
);

create table notify.returned_letters (
  notification_id uuid not null,
  service_id uuid not null,
  reported_at date not null,
  created_at timestamp with time zone not null,
  constraint returned_letters_pkey PRIMARY KEY (notification_id)
);
CREATE INDEX returned_letters_service_idx ON notify.returned_letters USING btree (service_id, reported_at, created_at);

create table notify.schedule_runs (
  task text not null,
  finished_at timestamp with time zone not null,
  constraint schedule_runs_pkey PRIMARY KEY (task)
);

create table notify.service_callbacks (
  service_id uuid not null,
  callback_type text not null,
  url text not null,
  bearer_token bytea not null,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  id uuid default gen_random_uuid() not null,
  updated_by_id uuid,
  constraint service_callbacks_pkey PRIMARY KEY (service_id, callback_type),
  constraint service_callbacks_id_key UNIQUE (id),
  constraint service_callbacks_type_check CHECK ((callback_type = ANY (ARRAY['delivery_status'::text, 'inbound_sms'::text, 'returned_letter'::text, 'complaint'::text]))),
  constraint service_callbacks_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id),
  constraint service_callbacks_updated_by_id_fkey FOREIGN KEY (updated_by_id) REFERENCES notify.users(id)
);

create table notify.service_join_requests (
  id uuid not null,
  service_id uuid not null,
  requester_id uuid not null,
  contacted_user_ids uuid[] not null,
  status text default 'pending'::text not null,
  status_changed_at timestamp with time zone,
  status_changed_by_id uuid,
  reason text,
  created_at timestamp with time zone not null,
  constraint service_join_requests_pkey PRIMARY KEY (id),
  constraint service_join_requests_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'cancelled'::text]))),
  constraint service_join_requests_requester_id_fkey FOREIGN KEY (requester_id) REFERENCES notify.users(id),
  constraint service_join_requests_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id),
  constraint service_join_requests_status_changed_by_id_fkey FOREIGN KEY (status_changed_by_id) REFERENCES notify.users(id)
);
CREATE INDEX service_join_requests_requester_idx ON notify.service_join_requests USING btree (requester_id, service_id);
CREATE INDEX service_join_requests_service_idx ON notify.service_join_requests USING btree (service_id, created_at);

create table notify.services (
  id uuid not null,
  name text not null,
  custom_email_sender_name text,
  email_sender_local_part text not null,
  active boolean default true not null,
  restricted boolean default true not null,
  prefix_sms boolean default true not null,
  permissions text[] default '{}'::text[] not null,
  rate_limit integer default 3000 not null,
  email_message_limit bigint default 999999999 not null,
  sms_message_limit bigint default 999999999 not null,
  letter_message_limit bigint default 999999999 not null,
  international_sms_message_limit bigint default 250000 not null,
  contact_link text,
  count_as_live boolean default true not null,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  created_by_id uuid,
  normalised_service_name text,
  confirmed_email_sender_name boolean default false not null,
  organisation_id uuid,
  organisation_type text,
  crown boolean,
  volume_sms integer,
  volume_email integer,
  volume_letter integer,
  consent_to_research boolean,
  go_live_user_id uuid,
  go_live_at timestamp with time zone,
  has_active_go_live_request boolean default false not null,
  confirmed_unique boolean default false not null,
  notes text,
  purchase_order_number text,
  billing_contact_names text,
  billing_contact_email_addresses text,
  billing_reference text,
  email_branding_id uuid,
  letter_branding_id uuid,
  constraint services_pkey PRIMARY KEY (id),
  constraint services_name_key UNIQUE (name),
  constraint services_normalised_service_name_key UNIQUE (normalised_service_name),
  constraint services_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint services_email_branding_id_fkey FOREIGN KEY (email_branding_id) REFERENCES notify.email_brands(id),
  constraint services_go_live_user_id_fkey FOREIGN KEY (go_live_user_id) REFERENCES notify.users(id),
  constraint services_letter_branding_id_fkey FOREIGN KEY (letter_branding_id) REFERENCES notify.letter_brands(id),
  constraint services_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES notify.organisations(id)
);
CREATE INDEX services_email_branding_idx ON notify.services USING btree (email_branding_id) WHERE (email_branding_id IS NOT NULL);
CREATE INDEX services_letter_branding_idx ON notify.services USING btree (letter_branding_id) WHERE (letter_branding_id IS NOT NULL);
CREATE INDEX services_organisation_idx ON notify.services USING btree (organisation_id);

create table notify.settings_history (
  kind text not null,
  id uuid not null,
  version integer not null,
  service_id uuid not null,
  record jsonb not null,
  recorded_at timestamp with time zone not null,
  constraint settings_history_pkey PRIMARY KEY (kind, id, version),
  constraint settings_history_kind_check CHECK ((kind = ANY (ARRAY['service'::text, 'api_key'::text, 'callback'::text])))
);
CREATE INDEX settings_history_service_idx ON notify.settings_history USING btree (service_id, kind);

create table notify.slow_text_minutes (
  id boolean default true not null,
  minutes integer not null,
  last_minute timestamp with time zone not null,
  constraint slow_text_minutes_pkey PRIMARY KEY (id),
  constraint slow_text_minutes_single_check CHECK (id)
);

create table notify.sms_rates (
  valid_from timestamp with time zone not null,
  rate numeric not null,
  constraint sms_rates_pkey PRIMARY KEY (valid_from)
);

create table notify.sms_senders (
  id uuid not null,
  service_id uuid not null,
  sms_sender text not null,
  is_default boolean not null,
  archived boolean default false not null,
  inbound_number_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint sms_senders_pkey PRIMARY KEY (id),
  constraint sms_senders_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE UNIQUE INDEX sms_senders_default_key ON notify.sms_senders USING btree (service_id) WHERE (is_default AND (NOT archived));

create table notify.template_email_files (
  id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  filename text not null,
  link_text text,
  retention_period integer default 1 not null,
  validate_users_email boolean default true not null,
  pending boolean default false not null,
  archived_at timestamp with time zone,
  archived_by_id uuid,
  created_by_id uuid,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint template_email_files_pkey PRIMARY KEY (id),
  constraint template_email_files_retention_check CHECK (((retention_period >= 1) AND (retention_period <= 78))),
  constraint template_email_files_archived_by_id_fkey FOREIGN KEY (archived_by_id) REFERENCES notify.users(id),
  constraint template_email_files_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint template_email_files_template_id_fkey FOREIGN KEY (template_id) REFERENCES notify.templates(id)
);
CREATE INDEX template_email_files_archived_idx ON notify.template_email_files USING btree (archived_at) WHERE (archived_at IS NOT NULL);
CREATE INDEX template_email_files_template_idx ON notify.template_email_files USING btree (template_id);

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
  archived_at timestamp with time zone,
  archived_by_id uuid,
  created_by_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint template_email_files_history_pkey PRIMARY KEY (id, version)
);
CREATE INDEX template_email_files_history_template_idx ON notify.template_email_files_history USING btree (template_id, template_version);

create table notify.template_folders (
  id uuid not null,
  service_id uuid not null,
  name text not null,
  parent_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint template_folders_pkey PRIMARY KEY (id),
  constraint template_folders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES notify.template_folders(id),
  constraint template_folders_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX template_folders_service_idx ON notify.template_folders USING btree (service_id, name);

create table notify.templates (
  id uuid not null,
  service_id uuid not null,
  template_type text not null,
  name text not null,
  content text not null,
  subject text,
  postage text,
  archived boolean default false not null,
  hidden boolean default false not null,
  letter_contact_id uuid,
  has_unsubscribe_link boolean default false not null,
  created_by text not null,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  folder_id uuid,
  created_by_id uuid,
  redact_personalisation boolean default false not null,
  letter_languages text,
  letter_welsh_subject text,
  letter_welsh_content text,
  letter_attachment_id uuid,
  constraint templates_pkey PRIMARY KEY (id),
  constraint templates_attachment_check CHECK (((letter_attachment_id IS NULL) OR (template_type = 'letter'::text))),
  constraint templates_languages_check CHECK (((letter_languages IS NULL) OR ((template_type = 'letter'::text) AND (letter_languages = ANY (ARRAY['english'::text, 'welsh_then_english'::text]))))),
  constraint templates_postage_check CHECK (((postage IS NULL) OR (postage = ANY (ARRAY['first'::text, 'second'::text, 'economy'::text, 'europe'::text, 'rest-of-world'::text])))),
  constraint templates_type_check CHECK ((template_type = ANY (ARRAY['sms'::text, 'email'::text, 'letter'::text]))),
  constraint templates_unsubscribe_check CHECK (((NOT has_unsubscribe_link) OR (template_type = 'email'::text))),
  constraint templates_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint templates_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES notify.template_folders(id),
  constraint templates_letter_attachment_id_fkey FOREIGN KEY (letter_attachment_id) REFERENCES notify.letter_attachments(id),
  constraint templates_letter_contact_id_fkey FOREIGN KEY (letter_contact_id) REFERENCES notify.letter_contacts(id),
  constraint templates_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX templates_attachment_idx ON notify.templates USING btree (letter_attachment_id) WHERE (letter_attachment_id IS NOT NULL);
CREATE INDEX templates_folder_idx ON notify.templates USING btree (folder_id) WHERE (folder_id IS NOT NULL);
CREATE INDEX templates_service_idx ON notify.templates USING btree (service_id, name, template_type);

create table notify.templates_history (
  id uuid not null,
  version integer not null,
  service_id uuid not null,
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
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  created_by_id uuid,
  letter_languages text,
  letter_welsh_subject text,
  letter_welsh_content text,
  letter_attachment_id uuid,
  constraint templates_history_pkey PRIMARY KEY (id, version),
  constraint templates_history_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES notify.users(id),
  constraint templates_history_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);

create unlogged table notify.token_buckets (
  service_id uuid not null,
  key_type text not null,
  tokens double precision not null,
  last_replenished double precision not null,
  available double precision not null,
  constraint token_buckets_pkey PRIMARY KEY (service_id, key_type)
) with (fillfactor=20);

create table notify.unsubscribe_reports (
  id uuid not null,
  service_id uuid not null,
  count integer not null,
  earliest_timestamp timestamp with time zone not null,
  latest_timestamp timestamp with time zone not null,
  processed_by_service_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint unsubscribe_reports_pkey PRIMARY KEY (id),
  constraint unsubscribe_reports_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id)
);
CREATE INDEX unsubscribe_reports_service_idx ON notify.unsubscribe_reports USING btree (service_id, created_at);

create table notify.unsubscribe_requests (
  id uuid not null,
  notification_id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  email_address text not null,
  unsubscribe_request_report_id uuid,
  processed_by_service_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint unsubscribe_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX unsubscribe_requests_notification_idx ON notify.unsubscribe_requests USING btree (notification_id, created_at);
CREATE UNIQUE INDEX unsubscribe_requests_open_key ON notify.unsubscribe_requests USING btree (notification_id) WHERE (processed_by_service_at IS NULL);
CREATE INDEX unsubscribe_requests_report_idx ON notify.unsubscribe_requests USING btree (unsubscribe_request_report_id) WHERE (unsubscribe_request_report_id IS NOT NULL);
CREATE INDEX unsubscribe_requests_service_idx ON notify.unsubscribe_requests USING btree (service_id, created_at);

create table notify.unsubscribe_requests_history (
  id uuid not null,
  notification_id uuid not null,
  service_id uuid not null,
  template_id uuid not null,
  template_version integer not null,
  unsubscribe_request_report_id uuid,
  processed_by_service_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint unsubscribe_requests_history_pkey PRIMARY KEY (id)
);

create table notify.user_folder_permissions (
  user_id uuid not null,
  service_id uuid not null,
  template_folder_id uuid not null,
  constraint user_folder_permissions_pkey PRIMARY KEY (user_id, template_folder_id),
  constraint user_folder_permissions_member_fkey FOREIGN KEY (service_id, user_id) REFERENCES notify.user_to_service(service_id, user_id) ON DELETE CASCADE,
  constraint user_folder_permissions_template_folder_id_fkey FOREIGN KEY (template_folder_id) REFERENCES notify.template_folders(id) ON DELETE CASCADE
);
CREATE INDEX user_folder_permissions_folder_idx ON notify.user_folder_permissions USING btree (template_folder_id);

create table notify.user_permissions (
  user_id uuid not null,
  service_id uuid not null,
  permission text not null,
  constraint user_permissions_pkey PRIMARY KEY (user_id, service_id, permission),
  constraint user_permissions_permission_check CHECK ((permission = ANY (ARRAY['manage_users'::text, 'manage_templates'::text, 'manage_settings'::text, 'send_texts'::text, 'send_emails'::text, 'send_letters'::text, 'manage_api_keys'::text, 'platform_admin'::text, 'view_activity'::text]))),
  constraint user_permissions_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id),
  constraint user_permissions_user_id_fkey FOREIGN KEY (user_id) REFERENCES notify.users(id)
);
CREATE INDEX user_permissions_service_idx ON notify.user_permissions USING btree (service_id);

create table notify.user_to_organisation (
  user_id uuid not null,
  organisation_id uuid not null,
  permissions text[] default '{}'::text[] not null,
  constraint user_to_organisation_pkey PRIMARY KEY (organisation_id, user_id),
  constraint user_to_organisation_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES notify.organisations(id),
  constraint user_to_organisation_user_id_fkey FOREIGN KEY (user_id) REFERENCES notify.users(id)
);
CREATE INDEX user_to_organisation_user_idx ON notify.user_to_organisation USING btree (user_id);

create table notify.user_to_service (
  user_id uuid not null,
  service_id uuid not null,
  constraint user_to_service_pkey PRIMARY KEY (service_id, user_id),
  constraint user_to_service_service_id_fkey FOREIGN KEY (service_id) REFERENCES notify.services(id),
  constraint user_to_service_user_id_fkey FOREIGN KEY (user_id) REFERENCES notify.users(id)
);
CREATE INDEX user_to_service_user_idx ON notify.user_to_service USING btree (user_id);

create table notify.users (
  id uuid not null,
  name text not null,
  email_address text not null,
  mobile_number text,
  state text default 'active'::text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  password_hash text,
  password_changed_at timestamp with time zone,
  logged_in_at timestamp with time zone,
  failed_login_count integer default 0 not null,
  platform_admin boolean default false not null,
  current_session_id uuid,
  auth_type text default 'email_auth'::text not null,
  email_access_validated_at timestamp with time zone,
  take_part_in_research boolean default true not null,
  receives_new_features_email boolean default true not null,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_email_address_key UNIQUE (email_address),
  constraint users_auth_type_check CHECK ((auth_type = ANY (ARRAY['sms_auth'::text, 'email_auth'::text, 'webauthn_auth'::text]))),
  constraint users_mobile_or_other_auth_check CHECK (((auth_type <> 'sms_auth'::text) OR (mobile_number IS NOT NULL))),
  constraint users_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'inactive'::text])))
);

create table notify.verify_codes (
  id uuid not null,
  user_id uuid not null,
  code_type text not null,
  code_hash bytea not null,
  code_used boolean default false not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint verify_codes_pkey PRIMARY KEY (id),
  constraint verify_codes_type_check CHECK ((code_type = ANY (ARRAY['sms'::text, 'email'::text]))),
  constraint verify_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES notify.users(id)
);
CREATE INDEX verify_codes_user_idx ON notify.verify_codes USING btree (user_id, created_at);

create table notify.webauthn_credentials (
  id uuid not null,
  user_id uuid not null,
  name text not null,
  credential_data text not null,
  registration_response text not null,
  logged_in_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  constraint webauthn_credentials_pkey PRIMARY KEY (id),
  constraint webauthn_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES notify.users(id)
);
CREATE INDEX webauthn_credentials_user_idx ON notify.webauthn_credentials USING btree (user_id);

CREATE OR REPLACE FUNCTION notify.refuse_over_limit()
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'a daily limit is reached' using errcode = 'NT429';
end
$function$;

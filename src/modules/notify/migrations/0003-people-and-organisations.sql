-- People, their sign-in, teams and organisations: internals section 4.1. ----------------------------------------------

alter table notify.users
  -- scrypt; null for people who have never chosen a password.
  add column password_hash text,
  add column password_changed_at timestamptz,
  add column logged_in_at timestamptz,
  add column failed_login_count integer not null default 0,
  add column platform_admin boolean not null default false,
  add column current_session_id uuid,
  add column auth_type text not null default 'email_auth',
  add column email_access_validated_at timestamptz,
  add column take_part_in_research boolean not null default true,
  add column receives_new_features_email boolean not null default true,
  add constraint users_state_check check (state in ('pending', 'active', 'inactive')),
  add constraint users_auth_type_check check (auth_type in ('sms_auth', 'email_auth', 'webauthn_auth')),
  add constraint users_mobile_or_other_auth_check check (auth_type <> 'sms_auth' or mobile_number is not null);

create table notify.user_permissions (
  user_id uuid not null references notify.users (id),
  service_id uuid not null references notify.services (id),
  permission text not null,
  primary key (user_id, service_id, permission),
  constraint user_permissions_permission_check check (permission in ('manage_users', 'manage_templates',
    'manage_settings', 'send_texts', 'send_emails', 'send_letters', 'manage_api_keys', 'platform_admin', 'view_activity'))
);
create index user_permissions_service_idx on notify.user_permissions (service_id);
create index user_to_service_user_idx on notify.user_to_service (user_id);

create table notify.verify_codes (
  id uuid primary key,
  user_id uuid not null references notify.users (id),
  code_type text not null,
  -- HMAC of the code under the module's key: five digits alone would be guessed from any plain hash.
  code_hash bytea not null,
  code_used boolean not null default false,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  constraint verify_codes_type_check check (code_type in ('sms', 'email'))
);
create index verify_codes_user_idx on notify.verify_codes (user_id, created_at);

create table notify.webauthn_credentials (
  id uuid primary key,
  user_id uuid not null references notify.users (id),
  name text not null,
  credential_data text not null,
  registration_response text not null,
  logged_in_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz
);
create index webauthn_credentials_user_idx on notify.webauthn_credentials (user_id);

create table notify.organisations (
  id uuid primary key,
  name text not null,
  active boolean not null default true,
  crown boolean,
  organisation_type text,
  agreement_signed boolean,
  agreement_signed_at timestamptz,
  agreement_signed_by_id uuid references notify.users (id),
  agreement_signed_on_behalf_of_name text,
  agreement_signed_on_behalf_of_email_address text,
  agreement_signed_version double precision,
  request_to_go_live_notes text,
  can_approve_own_go_live_requests boolean not null default false,
  notes text,
  purchase_order_number text,
  billing_contact_names text,
  billing_contact_email_addresses text,
  billing_reference text,
  permissions text[] not null default '{can_ask_to_join_a_service}',
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint organisations_name_key unique (name)
);

create table notify.organisation_domains (
  domain text primary key,
  organisation_id uuid not null references notify.organisations (id)
);
create index organisation_domains_organisation_idx on notify.organisation_domains (organisation_id);

create table notify.user_to_organisation (
  user_id uuid not null references notify.users (id),
  organisation_id uuid not null references notify.organisations (id),
  permissions text[] not null default '{}',
  primary key (organisation_id, user_id)
);
create index user_to_organisation_user_idx on notify.user_to_organisation (user_id);

alter table notify.services
  add column created_by_id uuid references notify.users (id),
  -- Null for services that were declared in a file; those are told apart by their names.
  add column normalised_service_name text,
  add column confirmed_email_sender_name boolean not null default false,
  add column organisation_id uuid references notify.organisations (id),
  add column organisation_type text,
  add column crown boolean,
  add column volume_sms integer,
  add column volume_email integer,
  add column volume_letter integer,
  add column consent_to_research boolean,
  add column go_live_user_id uuid references notify.users (id),
  add column go_live_at timestamptz,
  add column has_active_go_live_request boolean not null default false,
  add column confirmed_unique boolean not null default false,
  add column notes text,
  add column purchase_order_number text,
  add column billing_contact_names text,
  add column billing_contact_email_addresses text,
  add column billing_reference text,
  add constraint services_normalised_service_name_key unique (normalised_service_name);
create index services_organisation_idx on notify.services (organisation_id);

-- Every version of a service, key or callback as it was written, for the audit pages.
create table notify.settings_history (
  kind text not null,
  id uuid not null,
  version integer not null,
  service_id uuid not null,
  record jsonb not null,
  recorded_at timestamptz not null,
  primary key (kind, id, version),
  constraint settings_history_kind_check check (kind in ('service', 'api_key', 'callback'))
);
create index settings_history_service_idx on notify.settings_history (service_id, kind);

alter table notify.service_callbacks
  add column id uuid not null default gen_random_uuid(),
  add column updated_by_id uuid references notify.users (id),
  add constraint service_callbacks_id_key unique (id);

alter table notify.data_retention
  add column if not exists id uuid not null default gen_random_uuid();

create table notify.invited_users (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  from_user_id uuid not null references notify.users (id),
  email_address text not null,
  status text not null default 'pending',
  permissions text not null,
  auth_type text not null default 'sms_auth',
  folder_permissions uuid[] not null default '{}',
  created_at timestamptz not null,
  constraint invited_users_status_check check (status in ('pending', 'accepted', 'cancelled')),
  constraint invited_users_auth_type_check check (auth_type in ('sms_auth', 'email_auth', 'webauthn_auth'))
);
create index invited_users_service_idx on notify.invited_users (service_id, created_at);

create table notify.invited_organisation_users (
  id uuid primary key,
  organisation_id uuid not null references notify.organisations (id),
  invited_by_id uuid not null references notify.users (id),
  email_address text not null,
  status text not null default 'pending',
  permissions text[] not null default '{}',
  created_at timestamptz not null,
  constraint invited_organisation_users_status_check check (status in ('pending', 'accepted', 'cancelled'))
);
create index invited_organisation_users_organisation_idx
  on notify.invited_organisation_users (organisation_id, created_at);

create table notify.service_join_requests (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  requester_id uuid not null references notify.users (id),
  contacted_user_ids uuid[] not null,
  status text not null default 'pending',
  status_changed_at timestamptz,
  status_changed_by_id uuid references notify.users (id),
  reason text,
  created_at timestamptz not null,
  constraint service_join_requests_status_check check (status in ('pending', 'approved', 'rejected', 'cancelled'))
);
create index service_join_requests_service_idx on notify.service_join_requests (service_id, created_at);

-- What people did in the admin website: internals section 3.4.20.
create table notify.admin_events (
  id uuid primary key,
  event_type text not null,
  data jsonb not null,
  created_at timestamptz not null
);
create index admin_events_created_idx on notify.admin_events (created_at);

create table notify.protected_sender_ids (
  -- Lower case, without spaces.
  sender_id text primary key
);

-- Folders of templates and what editing them needs: internals section 4.2. ---------------------------------------------

create table notify.template_folders (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  name text not null,
  parent_id uuid references notify.template_folders (id),
  created_at timestamptz not null,
  updated_at timestamptz
);
create index template_folders_service_idx on notify.template_folders (service_id, name);

create table notify.user_folder_permissions (
  user_id uuid not null,
  service_id uuid not null,
  template_folder_id uuid not null references notify.template_folders (id) on delete cascade,
  primary key (user_id, template_folder_id),
  -- Leaving a team takes the folders away.
  constraint user_folder_permissions_member_fkey foreign key (service_id, user_id)
    references notify.user_to_service (service_id, user_id) on delete cascade
);
create index user_folder_permissions_folder_idx on notify.user_folder_permissions (template_folder_id);

alter table notify.templates
  add column folder_id uuid references notify.template_folders (id),
  add column created_by_id uuid references notify.users (id),
  add column redact_personalisation boolean not null default false;
alter table notify.templates_history
  add column created_by_id uuid references notify.users (id);
create index templates_folder_idx on notify.templates (folder_id) where folder_id is not null;

alter table notify.providers
  add column id uuid not null default gen_random_uuid(),
  add constraint providers_id_key unique (id);

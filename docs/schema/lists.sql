create schema lists;

create table lists.api_clients (
  access_key text not null,
  secret_encrypted bytea not null,
  user_id text not null,
  label text,
  disabled_at timestamp with time zone,
  constraint api_clients_pkey PRIMARY KEY (access_key)
);

create table lists.archived_reservations (
  id text not null,
  holder_key text not null,
  wire jsonb not null,
  constraint archived_reservations_pkey PRIMARY KEY (id)
);

create table lists.auth_codes (
  id uuid not null,
  user_id text not null,
  email text not null,
  purpose text not null,
  code_hash bytea not null,
  attempts integer default 0 not null,
  sent_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint auth_codes_pkey PRIMARY KEY (id),
  constraint auth_codes_purpose_check CHECK ((purpose = ANY (ARRAY['confirm'::text, 'reset'::text, 'change_email'::text]))),
  constraint auth_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id) ON DELETE CASCADE
);
CREATE INDEX auth_codes_sent_idx ON lists.auth_codes USING btree (sent_at);
CREATE INDEX auth_codes_user_idx ON lists.auth_codes USING btree (user_id, purpose, sent_at DESC);

create table lists.co_owners (
  list_id text not null,
  email text not null,
  user_id text,
  sees_claims boolean default false not null,
  added_at timestamp with time zone default now() not null,
  constraint co_owners_pkey PRIMARY KEY (list_id, email),
  constraint co_owners_list_id_fkey FOREIGN KEY (list_id) REFERENCES lists.gift_lists(id) ON DELETE CASCADE,
  constraint co_owners_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id) ON DELETE CASCADE
);
CREATE INDEX co_owners_email_idx ON lists.co_owners USING btree (email) WHERE (user_id IS NULL);
CREATE INDEX co_owners_user_idx ON lists.co_owners USING btree (user_id) WHERE (user_id IS NOT NULL);

create table lists.contact_messages (
  id uuid not null,
  ticket integer not null,
  name text not null,
  email text not null,
  message text not null,
  created_at timestamp with time zone default now() not null,
  constraint contact_messages_pkey PRIMARY KEY (id)
);
CREATE INDEX contact_messages_created_idx ON lists.contact_messages USING btree (created_at);

create table lists.contributions (
  id text not null,
  list_id text not null,
  product_id text not null,
  holder_key text not null,
  user_id text,
  name text not null,
  email text not null,
  amount bigint not null,
  state text default 'pledged'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  locale text,
  constraint contributions_pkey PRIMARY KEY (id),
  constraint contributions_amount_check CHECK ((amount > 0)),
  constraint contributions_state_check CHECK ((state = ANY (ARRAY['pledged'::text, 'withdrawn'::text]))),
  constraint contributions_gift_fkey FOREIGN KEY (list_id, product_id) REFERENCES lists.gifts(list_id, product_id) ON UPDATE CASCADE ON DELETE CASCADE,
  constraint contributions_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id)
);
CREATE INDEX contributions_gift_idx ON lists.contributions USING btree (list_id, product_id);
CREATE INDEX contributions_holder_idx ON lists.contributions USING btree (holder_key);

create table lists.federation_attempts (
  state_hash bytea not null,
  provider text not null,
  code_verifier text not null,
  nonce text not null,
  return_to text not null,
  link_user_id text,
  created_at timestamp with time zone default now() not null,
  constraint federation_attempts_pkey PRIMARY KEY (state_hash)
);
CREATE INDEX federation_attempts_created_idx ON lists.federation_attempts USING btree (created_at);

create table lists.gift_lists (
  id text not null,
  owner_id text not null,
  title text not null,
  description text not null,
  occasion text not null,
  image_url text not null,
  event_date_text text,
  event_date date,
  state text default 'open'::text not null,
  surprise boolean default false not null,
  reveal_at timestamp with time zone,
  summary_sent_at timestamp with time zone,
  closing_proposed_at timestamp with time zone,
  currency text default 'GBP'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  closed_at timestamp with time zone,
  constraint gift_lists_pkey PRIMARY KEY (id),
  constraint gift_lists_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text]))),
  constraint gift_lists_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES lists.users(id)
);
CREATE INDEX gift_lists_closed_idx ON lists.gift_lists USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX gift_lists_event_date_idx ON lists.gift_lists USING btree (event_date) WHERE (event_date IS NOT NULL);
CREATE INDEX gift_lists_owner_idx ON lists.gift_lists USING btree (owner_id, id);

create table lists.gifts (
  list_id text not null,
  product_id text not null,
  type text not null,
  quantity integer not null,
  owner_quantity integer,
  reserved integer default 0 not null,
  purchased integer default 0 not null,
  notes text,
  "position" integer default 0 not null,
  is_most_wanted boolean default false not null,
  group_target bigint,
  group_pledged bigint default 0 not null,
  created_at timestamp with time zone default now() not null,
  constraint gifts_pkey PRIMARY KEY (list_id, product_id),
  constraint gifts_claims_check CHECK (((reserved + purchased) <= quantity)) NOT VALID,
  constraint gifts_counters_check CHECK (((reserved >= 0) AND (purchased >= 0))),
  constraint gifts_group_check CHECK (((group_target IS NULL) OR ((group_target > 0) AND ((group_pledged >= 0) AND (group_pledged <= group_target))))),
  constraint gifts_quantity_check CHECK (((quantity >= 1) AND (quantity <= 999))),
  constraint gifts_type_check CHECK ((type = ANY (ARRAY['products'::text, 'notfound'::text]))),
  constraint gifts_list_id_fkey FOREIGN KEY (list_id) REFERENCES lists.gift_lists(id) ON DELETE CASCADE
);
CREATE INDEX gifts_product_idx ON lists.gifts USING btree (product_id);

create table lists.idempotency_keys (
  key text not null,
  caller text not null,
  answer jsonb not null,
  created_at timestamp with time zone default now() not null,
  constraint idempotency_keys_pkey PRIMARY KEY (key, caller)
);
CREATE INDEX idempotency_keys_created_idx ON lists.idempotency_keys USING btree (created_at);

create table lists.identities (
  provider text not null,
  subject text not null,
  user_id text not null,
  email_at_link text,
  linked_at timestamp with time zone default now() not null,
  constraint identities_pkey PRIMARY KEY (provider, subject),
  constraint identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id) ON DELETE CASCADE
);
CREATE INDEX identities_user_idx ON lists.identities USING btree (user_id);

create table lists.mail_outbox (
  id uuid not null,
  template text not null,
  recipient text,
  reservation_id text,
  variables jsonb,
  state text default 'waiting'::text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  sent_at timestamp with time zone,
  once_key text,
  constraint mail_outbox_pkey PRIMARY KEY (id),
  constraint mail_outbox_once_key UNIQUE (once_key),
  constraint mail_outbox_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text, 'dropped'::text, 'held'::text])))
);
CREATE INDEX mail_outbox_created_idx ON lists.mail_outbox USING btree (created_at);
CREATE INDEX mail_outbox_waiting_idx ON lists.mail_outbox USING btree (created_at) WHERE (state = 'waiting'::text);

create table lists.marks (
  name text not null,
  value jsonb not null,
  updated_at timestamp with time zone default now() not null,
  constraint marks_pkey PRIMARY KEY (name)
);

create table lists.not_found_products (
  id text not null,
  brand text not null,
  details text not null,
  product_url text not null,
  image_url text,
  price text,
  currency text,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  constraint not_found_products_pkey PRIMARY KEY (id)
);
CREATE INDEX not_found_products_created_idx ON lists.not_found_products USING btree (created_at, id);
CREATE INDEX not_found_products_owner_idx ON lists.not_found_products USING btree (created_by);

create table lists.page_lookups (
  url_hash bytea not null,
  answer jsonb not null,
  looked_up_at timestamp with time zone default now() not null,
  constraint page_lookups_pkey PRIMARY KEY (url_hash)
);
CREATE INDEX page_lookups_time_idx ON lists.page_lookups USING btree (looked_up_at);

create table lists.passwords (
  user_id text not null,
  hash text not null,
  set_at timestamp with time zone default now() not null,
  constraint passwords_pkey PRIMARY KEY (user_id),
  constraint passwords_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id) ON DELETE CASCADE
);

create table lists.pictures (
  id text not null,
  owner_id text not null,
  url text not null,
  bytes integer not null,
  created_at timestamp with time zone default now() not null,
  constraint pictures_pkey PRIMARY KEY (id)
);
CREATE INDEX pictures_created_idx ON lists.pictures USING btree (created_at);

create table lists.products (
  id text not null,
  retailer text not null,
  brand text not null,
  details text not null,
  product_url text not null,
  search_url text not null,
  image_url text not null,
  price text,
  currency text,
  price_checked_at timestamp with time zone,
  is_search_hidden boolean default false not null,
  withdrawn_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  image_checked_at timestamp with time zone,
  image_fault text,
  constraint products_pkey PRIMARY KEY (id)
);
CREATE INDEX products_image_checked_idx ON lists.products USING btree (image_checked_at NULLS FIRST) WHERE (withdrawn_at IS NULL);
CREATE INDEX products_search_url_idx ON lists.products USING btree (search_url) WHERE (withdrawn_at IS NULL);
CREATE INDEX products_url_idx ON lists.products USING btree (product_url) WHERE (withdrawn_at IS NULL);

create unlogged table lists.rate_windows (
  key text not null,
  used integer not null,
  ends_at timestamp with time zone not null,
  constraint rate_windows_pkey PRIMARY KEY (key)
);
CREATE INDEX rate_windows_ends_idx ON lists.rate_windows USING btree (ends_at);

create table lists.reminder_refusals (
  email_hash bytea not null,
  refused_at timestamp with time zone default now() not null,
  constraint reminder_refusals_pkey PRIMARY KEY (email_hash)
);

create table lists.reservations (
  id text not null,
  list_id text not null,
  product_id text not null,
  holder_key text not null,
  user_id text,
  name text not null,
  email text not null,
  quantity integer not null,
  state text default 'reserved'::text not null,
  product_type text not null,
  list_title text not null,
  list_owner_id text not null,
  reserved_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  cancelled_at timestamp with time zone,
  purchased_at timestamp with time zone,
  thanked_at timestamp with time zone,
  reminded_at timestamp with time zone,
  locale text,
  constraint reservations_pkey PRIMARY KEY (id),
  constraint reservations_quantity_check CHECK ((quantity > 0)),
  constraint reservations_state_check CHECK ((state = ANY (ARRAY['reserved'::text, 'cancelled'::text, 'purchased'::text]))),
  constraint reservations_gift_fkey FOREIGN KEY (list_id, product_id) REFERENCES lists.gifts(list_id, product_id) ON UPDATE CASCADE ON DELETE CASCADE,
  constraint reservations_list_id_fkey FOREIGN KEY (list_id) REFERENCES lists.gift_lists(id) ON DELETE CASCADE,
  constraint reservations_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id)
);
CREATE UNIQUE INDEX reservations_active_key ON lists.reservations USING btree (list_id, product_id, holder_key) WHERE (state = 'reserved'::text);
CREATE INDEX reservations_email_idx ON lists.reservations USING btree (email);
CREATE INDEX reservations_gift_idx ON lists.reservations USING btree (list_id, product_id);
CREATE INDEX reservations_holder_idx ON lists.reservations USING btree (holder_key);
CREATE INDEX reservations_user_idx ON lists.reservations USING btree (user_id) WHERE (user_id IS NOT NULL);

create table lists.sessions (
  token_hash bytea not null,
  user_id text not null,
  kind text default 'cookie'::text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint sessions_pkey PRIMARY KEY (token_hash),
  constraint sessions_kind_check CHECK ((kind = ANY (ARRAY['cookie'::text, 'token'::text]))),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES lists.users(id) ON DELETE CASCADE
);
CREATE INDEX sessions_expires_idx ON lists.sessions USING btree (expires_at);
CREATE INDEX sessions_user_idx ON lists.sessions USING btree (user_id);

create table lists.settings (
  name text not null,
  value jsonb not null,
  updated_at timestamp with time zone default now() not null,
  constraint settings_pkey PRIMARY KEY (name)
);

create table lists.sign_in_failures (
  key text not null,
  failures integer not null,
  last_failed_at timestamp with time zone not null,
  constraint sign_in_failures_pkey PRIMARY KEY (key)
);
CREATE INDEX sign_in_failures_time_idx ON lists.sign_in_failures USING btree (last_failed_at);

create table lists.tombstones (
  id text not null,
  user_id text not null,
  deleted_at timestamp with time zone default now() not null,
  constraint tombstones_pkey PRIMARY KEY (id, user_id)
);
CREATE INDEX tombstones_deleted_idx ON lists.tombstones USING btree (deleted_at);

create table lists.users (
  id text not null,
  email text not null,
  email_canonical text generated always as (regexp_replace(email, '@googlemail\.com$'::text, '@gmail.com'::text)) stored not null,
  name text,
  email_verified_at timestamp with time zone,
  status text default 'unconfirmed'::text not null,
  roles text[] default '{}'::text[] not null,
  locale text,
  currency text,
  created_at timestamp with time zone default now() not null,
  last_sign_in_at timestamp with time zone,
  warned_at timestamp with time zone,
  erased_at timestamp with time zone,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_email_canonical_key UNIQUE (email_canonical),
  constraint users_email_key UNIQUE (email),
  constraint users_status_check CHECK ((status = ANY (ARRAY['unconfirmed'::text, 'active'::text, 'disabled'::text, 'erased'::text])))
);
CREATE INDEX users_last_sign_in_idx ON lists.users USING btree (COALESCE(last_sign_in_at, created_at)) WHERE (status <> 'erased'::text);

create table lists.withdrawn_reservations (
  id text not null,
  what text not null,
  withdrawn_at timestamp with time zone default now() not null,
  constraint withdrawn_reservations_pkey PRIMARY KEY (id),
  constraint withdrawn_reservations_what_check CHECK ((what = ANY (ARRAY['gift'::text, 'list'::text])))
);
CREATE INDEX withdrawn_reservations_time_idx ON lists.withdrawn_reservations USING btree (withdrawn_at);

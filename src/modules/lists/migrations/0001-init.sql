create schema if not exists lists;

-- People with an account: spec section 4.2. Ids are opaque, since imported ones are not all UUIDs.
create table lists.users (
  id text primary key,
  -- Trimmed and in lower case. An erased account keeps its row under a made-up address.
  email text not null,
  -- One mailbox of Google under its two domains is one person (spec section 6.9).
  email_canonical text not null generated always as (regexp_replace(email, '@googlemail\.com$', '@gmail.com')) stored,
  name text,
  email_verified_at timestamptz,
  status text not null default 'unconfirmed',
  roles text[] not null default '{}',
  locale text,
  currency text,
  created_at timestamptz not null default now(),
  last_sign_in_at timestamptz,
  warned_at timestamptz,
  erased_at timestamptz,
  constraint users_email_key unique (email),
  constraint users_email_canonical_key unique (email_canonical),
  constraint users_status_check check (status in ('unconfirmed', 'active', 'disabled', 'erased'))
);
create index users_last_sign_in_idx on lists.users (coalesce(last_sign_in_at, created_at)) where status <> 'erased';

create table lists.passwords (
  user_id text primary key references lists.users (id) on delete cascade,
  hash text not null,
  set_at timestamptz not null default now()
);

create table lists.identities (
  provider text not null,
  subject text not null,
  user_id text not null references lists.users (id) on delete cascade,
  email_at_link text,
  linked_at timestamptz not null default now(),
  constraint identities_pkey primary key (provider, subject)
);
create index identities_user_idx on lists.identities (user_id);

-- One-time codes, hashed; a new one makes the older ones of its purpose void.
create table lists.auth_codes (
  id uuid primary key,
  user_id text not null references lists.users (id) on delete cascade,
  email text not null,
  purpose text not null,
  code_hash bytea not null,
  attempts integer not null default 0,
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint auth_codes_purpose_check check (purpose in ('confirm', 'reset', 'change_email'))
);
create index auth_codes_user_idx on lists.auth_codes (user_id, purpose, sent_at desc);
create index auth_codes_sent_idx on lists.auth_codes (sent_at);

create table lists.sessions (
  token_hash bytea primary key,
  user_id text not null references lists.users (id) on delete cascade,
  -- `cookie` sessions are the browser's; `token` sessions are sent as Authorization: Bearer.
  kind text not null default 'cookie',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint sessions_kind_check check (kind in ('cookie', 'token'))
);
create index sessions_user_idx on lists.sessions (user_id);
create index sessions_expires_idx on lists.sessions (expires_at);

-- A sign-in at a provider that has begun: what the callback must match.
create table lists.federation_attempts (
  state_hash bytea primary key,
  provider text not null,
  code_verifier text not null,
  nonce text not null,
  return_to text not null,
  link_user_id text,
  created_at timestamptz not null default now()
);
create index federation_attempts_created_idx on lists.federation_attempts (created_at);

create table lists.api_clients (
  access_key text primary key,
  -- AES-256-GCM under the module's key: the signature needs the secret itself.
  secret_encrypted bytea not null,
  -- No reference: a key may name a user the application has no row for (spec section 3.3.2).
  user_id text not null,
  label text,
  disabled_at timestamptz
);

create table lists.gift_lists (
  id text primary key,
  owner_id text not null references lists.users (id),
  title text not null,
  description text not null,
  occasion text not null,
  image_url text not null,
  -- Exactly what the client sent; `None` after removal.
  event_date_text text,
  event_date date,
  state text not null default 'open',
  surprise boolean not null default false,
  reveal_at timestamptz,
  -- When the one summary after the reveal was sent, and when closing was proposed.
  summary_sent_at timestamptz,
  closing_proposed_at timestamptz,
  currency text not null default 'GBP',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  closed_at timestamptz,
  constraint gift_lists_state_check check (state in ('open', 'closed'))
);
create index gift_lists_owner_idx on lists.gift_lists (owner_id, id);
create index gift_lists_event_date_idx on lists.gift_lists (event_date) where event_date is not null;
create index gift_lists_closed_idx on lists.gift_lists (closed_at) where closed_at is not null;

-- People who manage a list with its owner. Unless `sees_claims`, they never learn what was claimed.
create table lists.co_owners (
  list_id text not null references lists.gift_lists (id) on delete cascade,
  email text not null,
  user_id text references lists.users (id) on delete cascade,
  sees_claims boolean not null default false,
  added_at timestamptz not null default now(),
  constraint co_owners_pkey primary key (list_id, email)
);
create index co_owners_user_idx on lists.co_owners (user_id) where user_id is not null;
create index co_owners_email_idx on lists.co_owners (email) where user_id is null;

create table lists.gifts (
  list_id text not null references lists.gift_lists (id) on delete cascade,
  product_id text not null,
  type text not null,
  quantity integer not null,
  -- What the owner asked for when it is less than what is claimed already and claims are hidden from them.
  owner_quantity integer,
  reserved integer not null default 0,
  purchased integer not null default 0,
  notes text,
  position integer not null default 0,
  is_most_wanted boolean not null default false,
  -- Set for a gift that many give together: what it costs and what is pledged, in the list's smallest coin.
  group_target bigint,
  group_pledged bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint gifts_pkey primary key (list_id, product_id),
  constraint gifts_type_check check (type in ('products', 'notfound')),
  constraint gifts_quantity_check check (quantity between 1 and 999),
  constraint gifts_counters_check check (reserved >= 0 and purchased >= 0),
  constraint gifts_group_check check (group_target is null or (group_target > 0 and group_pledged between 0 and group_target))
);
create index gifts_product_idx on lists.gifts (product_id);
-- Guards every later write; rows imported with more claims than units load, and the reconcile task reports them.
alter table lists.gifts add constraint gifts_claims_check check (reserved + purchased <= quantity) not valid;

create table lists.reservations (
  id text primary key,
  list_id text not null references lists.gift_lists (id) on delete cascade,
  product_id text not null,
  -- The account's id, or the e-mail address of a guest.
  holder_key text not null,
  user_id text references lists.users (id),
  name text not null,
  email text not null,
  quantity integer not null,
  state text not null default 'reserved',
  product_type text not null,
  list_title text not null,
  list_owner_id text not null,
  reserved_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  cancelled_at timestamptz,
  purchased_at timestamptz,
  thanked_at timestamptz,
  reminded_at timestamptz,
  constraint reservations_gift_fkey foreign key (list_id, product_id)
    references lists.gifts (list_id, product_id) on update cascade on delete cascade,
  constraint reservations_quantity_check check (quantity > 0),
  constraint reservations_state_check check (state in ('reserved', 'cancelled', 'purchased'))
);
create unique index reservations_active_key on lists.reservations (list_id, product_id, holder_key)
  where state = 'reserved';
create index reservations_gift_idx on lists.reservations (list_id, product_id);
create index reservations_holder_idx on lists.reservations (holder_key);
create index reservations_email_idx on lists.reservations (email);
create index reservations_user_idx on lists.reservations (user_id) where user_id is not null;

-- Reservations whose gift no longer existed when they were imported; they still answer by id (spec section 8.7).
create table lists.archived_reservations (
  id text primary key,
  holder_key text not null,
  wire jsonb not null
);

-- Shares in a gift that many give together.
create table lists.contributions (
  id text primary key,
  list_id text not null,
  product_id text not null,
  holder_key text not null,
  user_id text references lists.users (id),
  name text not null,
  email text not null,
  amount bigint not null,
  state text not null default 'pledged',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint contributions_gift_fkey foreign key (list_id, product_id)
    references lists.gifts (list_id, product_id) on update cascade on delete cascade,
  constraint contributions_amount_check check (amount > 0),
  constraint contributions_state_check check (state in ('pledged', 'withdrawn'))
);
create index contributions_gift_idx on lists.contributions (list_id, product_id);
create index contributions_holder_idx on lists.contributions (holder_key);

create table lists.products (
  id text primary key,
  retailer text not null,
  brand text not null,
  details text not null,
  product_url text not null,
  -- What searches compare: spec section 6.6.
  search_url text not null,
  image_url text not null,
  price text,
  currency text,
  price_checked_at timestamptz,
  is_search_hidden boolean not null default false,
  withdrawn_at timestamptz,
  created_at timestamptz not null default now()
);
create index products_url_idx on lists.products (product_url) where withdrawn_at is null;
create index products_search_url_idx on lists.products (search_url) where withdrawn_at is null;

create table lists.not_found_products (
  id text primary key,
  brand text not null,
  details text not null,
  product_url text not null,
  image_url text,
  price text,
  currency text,
  created_by text not null,
  created_at timestamptz not null default now()
);
create index not_found_products_created_idx on lists.not_found_products (created_at, id);
create index not_found_products_owner_idx on lists.not_found_products (created_by);

-- Ids the server removed with a list: the original client deletes them once more (spec section 3.6.3). Kept an hour.
create table lists.tombstones (
  id text not null,
  user_id text not null,
  deleted_at timestamptz not null default now(),
  constraint tombstones_pkey primary key (id, user_id)
);
create index tombstones_deleted_idx on lists.tombstones (deleted_at);

create table lists.contact_messages (
  id uuid primary key,
  ticket integer not null,
  name text not null,
  email text not null,
  message text not null,
  created_at timestamptz not null default now()
);
create index contact_messages_created_idx on lists.contact_messages (created_at);

-- E-mails to be sent, written with the change they tell of (spec section 5.1). Variables are forgotten once sent.
create table lists.mail_outbox (
  id uuid primary key,
  template text not null,
  recipient text,
  -- What the letter is about; read again when it is written.
  reservation_id text,
  variables jsonb,
  state text not null default 'waiting',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  sent_at timestamptz,
  once_key text,
  constraint mail_outbox_state_check check (state in ('waiting', 'sent', 'failed', 'dropped', 'held')),
  constraint mail_outbox_once_key unique (once_key)
);
create index mail_outbox_waiting_idx on lists.mail_outbox (created_at) where state = 'waiting';
create index mail_outbox_created_idx on lists.mail_outbox (created_at);

create table lists.idempotency_keys (
  key text not null,
  caller text not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (key, caller)
);
create index idempotency_keys_created_idx on lists.idempotency_keys (created_at);

-- Counts by key and fixed window, shared by all web processes. Losing them in a crash only forgives.
create unlogged table lists.rate_windows (
  key text primary key,
  used integer not null,
  ends_at timestamptz not null
);
create index rate_windows_ends_idx on lists.rate_windows (ends_at);

-- What product pages said, kept for a day.
create table lists.page_lookups (
  url_hash bytea primary key,
  answer jsonb not null,
  looked_up_at timestamptz not null default now()
);
create index page_lookups_time_idx on lists.page_lookups (looked_up_at);

-- What `signalbox apply` set; each replaces the default of its profile.
create table lists.settings (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- The state of tasks that must not repeat themselves, such as the last alert about not-found products.
create table lists.marks (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- Failed sign-ins by account and by address; each further one has to wait longer (spec section 7.3).
create table lists.sign_in_failures (
  key text primary key,
  failures integer not null,
  last_failed_at timestamptz not null
);
create index sign_in_failures_time_idx on lists.sign_in_failures (last_failed_at);

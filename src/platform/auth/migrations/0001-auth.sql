create table platform.operators (
  id uuid not null default gen_random_uuid(),
  email text not null,
  role text not null,
  password_hash text,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  last_sign_in_at timestamptz,
  constraint operators_pkey primary key (id),
  constraint operators_email_key unique (email),
  constraint operators_email_lower_check check (email = lower(email)),
  constraint operators_role_check check (role in ('viewer', 'operator', 'admin'))
);

-- The cookie holds a random token; only its SHA-256 is here, so a copy of the table signs nobody in.
create table platform.sessions (
  token_hash bytea not null,
  operator_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  password_due boolean not null default false,
  constraint sessions_pkey primary key (token_hash),
  constraint sessions_operator_id_fkey foreign key (operator_id) references platform.operators (id) on delete cascade
);
create index sessions_operator_idx on platform.sessions (operator_id);
create index sessions_expires_idx on platform.sessions (expires_at);

create table platform.sign_in_links (
  token_hash bytea not null,
  operator_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint sign_in_links_pkey primary key (token_hash),
  constraint sign_in_links_operator_id_fkey foreign key (operator_id) references platform.operators (id) on delete cascade
);
create index sign_in_links_operator_idx on platform.sign_in_links (operator_id);

-- One row for an account or an address that tried to sign in lately.
create table platform.sign_in_throttles (
  key text not null,
  attempts integer not null,
  window_ends_at timestamptz not null,
  constraint sign_in_throttles_pkey primary key (key)
);
create index sign_in_throttles_window_idx on platform.sign_in_throttles (window_ends_at);

create table platform.api_keys (
  id uuid not null default gen_random_uuid(),
  owner text not null,
  name text not null,
  key_hash bytea not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  revoked_at timestamptz,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_owner_name_key unique (owner, name)
);
create index api_keys_hash_idx on platform.api_keys (owner, key_hash);

create table platform.audit_log (
  id bigint generated always as identity,
  at timestamptz(3) not null default now(), -- milliseconds, so that a page cursor names it exactly
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  target text not null,
  details jsonb not null default '{}',
  constraint audit_log_pkey primary key (id),
  constraint audit_log_actor_kind_check check (actor_kind in ('operator', 'cli', 'system'))
);
create index audit_log_at_idx on platform.audit_log (at, id);
-- Search is by prefix; text_pattern_ops serves `like 'abc%'` whatever the collation of the database.
create index audit_log_actor_idx on platform.audit_log (lower(actor_name) text_pattern_ops);
create index audit_log_action_idx on platform.audit_log (lower(action) text_pattern_ops);
create index audit_log_target_idx on platform.audit_log (lower(target) text_pattern_ops);

create function platform.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'platform.audit_log is append-only' using errcode = 'restrict_violation';
end;
$$;

create trigger audit_log_append_only before update or delete or truncate on platform.audit_log
  for each statement execute function platform.refuse_audit_change();

create schema if not exists parties;

-- Identifiers compare by bytes, as the original's keys do. `body` is the answer to a read, exact to the byte: nothing
-- that is active ever changes, so it is written once and sent as it stands.
create table parties.product_teams (
  id text collate "C" not null,
  name text not null,
  ods_code text collate "C" not null,
  status text not null default 'active',
  created_on timestamptz(6) not null,
  updated_on timestamptz(6),
  deleted_on timestamptz(6),
  -- As given; survives deletion.
  keys jsonb not null default '[]',
  body text not null,
  constraint product_teams_pkey primary key (id),
  constraint product_teams_status_check check (status in ('active', 'inactive')),
  constraint product_teams_deleted_on_check check ((status = 'inactive') = (deleted_on is not null))
);

create index product_teams_ods_code_idx on parties.product_teams (ods_code, id);
-- The paged search finds parties by how their name begins.
create index product_teams_name_idx on parties.product_teams ((lower(name) collate "C"), id) where status = 'active';

-- One namespace for generated ids and aliases. A root row is never removed; an alias goes with its team's deletion.
create table parties.identifiers (
  value text collate "C" not null,
  product_team_id text collate "C" not null,
  kind text not null,
  constraint identifiers_pkey primary key (value),
  constraint identifiers_product_team_id_fkey foreign key (product_team_id) references parties.product_teams (id),
  constraint identifiers_kind_check check (kind in ('root', 'alias'))
);

create table parties.retired_aliases (
  value text collate "C" not null,
  product_team_id text collate "C" not null,
  retired_at_ms bigint not null,
  constraint retired_aliases_pkey primary key (value, retired_at_ms, product_team_id),
  constraint retired_aliases_product_team_id_fkey foreign key (product_team_id) references parties.product_teams (id)
);

create table parties.products (
  id text collate "C" not null,
  cpm_product_team_id text collate "C" not null,
  -- The team's alias when the product was made; never changed.
  product_team_id text collate "C",
  name text not null,
  ods_code text collate "C" not null,
  status text not null default 'active',
  created_on timestamptz(6) not null,
  updated_on timestamptz(6),
  deleted_on timestamptz(6),
  keys jsonb not null default '[]',
  body text not null,
  constraint products_pkey primary key (id),
  constraint products_id_check
    check (id ~ '^P\.[ACDEFGHJKLMNPRTUVWXY34679]{3}-[ACDEFGHJKLMNPRTUVWXY34679]{3}$'),
  constraint products_cpm_product_team_id_fkey
    foreign key (cpm_product_team_id) references parties.product_teams (id),
  constraint products_status_check check (status in ('active', 'inactive')),
  constraint products_deleted_on_check check ((status = 'inactive') = (deleted_on is not null))
);

create index products_team_idx on parties.products (cpm_product_team_id, id) where status = 'active';
-- Search by organisation answers teams in order, and products in order within each.
create index products_ods_code_idx on parties.products (ods_code, cpm_product_team_id, id) where status = 'active';
create index products_name_idx on parties.products ((lower(name) collate "C"), id) where status = 'active';

-- Ids given out on paper before they are used; the interface never issues one of them.
create table parties.reserved_product_ids (
  id text collate "C" not null,
  reserved_at timestamptz not null default now(),
  constraint reserved_product_ids_pkey primary key (id)
);

-- What happened to every party, written in the transaction of the change. `transaction_id` orders what is visible: a
-- reader who stops below the oldest transaction still running never misses a row that commits late with a low seq.
create table parties.domain_events (
  seq bigint generated always as identity,
  aggregate_type text not null,
  aggregate_id text collate "C" not null,
  name text not null,
  -- json keeps the order of members, which the exported form promises.
  payload json not null,
  occurred_at timestamptz(6) not null,
  application text not null,
  correlation_id text,
  transaction_id xid8 not null default pg_current_xact_id(),
  constraint domain_events_pkey primary key (seq),
  constraint domain_events_aggregate_type_check check (aggregate_type in ('product_team', 'product'))
);

create index domain_events_aggregate_idx on parties.domain_events (aggregate_id, seq);
create index domain_events_feed_idx on parties.domain_events (transaction_id, seq);
create index domain_events_application_idx on parties.domain_events (application, seq);

-- ODS codes: those an operator declared, which are always accepted, and those the directory has confirmed.
create table parties.ods_codes (
  code text collate "C" not null,
  source text not null,
  checked_at timestamptz not null,
  constraint ods_codes_pkey primary key (code, source),
  constraint ods_codes_source_check check (source in ('declared', 'directory'))
);

-- What an application may do when it may not do everything; applications without a row may.
create table parties.applications (
  name text not null,
  permissions text[] not null,
  constraint applications_pkey primary key (name)
);

-- Who called, by hour. Added up in memory and written every few seconds: a statistic, not a record of each request.
create table parties.call_counts (
  hour timestamptz not null,
  application text not null,
  key_name text not null,
  operation text not null,
  status smallint not null,
  calls bigint not null,
  last_called_at timestamptz not null,
  constraint call_counts_pkey primary key (application, key_name, hour, operation, status)
);

create index call_counts_hour_idx on parties.call_counts (hour);

-- Tokens of the rate limit, shared by all web processes: one row for the module.
create table parties.rate_limits (
  name text not null,
  minute timestamptz not null,
  requests bigint not null,
  constraint rate_limits_pkey primary key (name)
);

-- How far each bulk load has come, so that a load that was cut off goes on where it stopped.
create table parties.bulk_loads (
  id text not null,
  rows_done bigint not null,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  created bigint not null default 0,
  refused bigint not null default 0,
  constraint bulk_loads_pkey primary key (id)
);

-- Isolated deployments, each a database of its own on the same server.
create table parties.workspaces (
  workspace text not null,
  environment text not null,
  workspace_type text not null,
  database_name text not null,
  route text not null,
  is_temporary boolean not null,
  commit_sha text,
  created_on timestamptz not null,
  last_updated timestamptz not null,
  -- Null never expires.
  expiration_date timestamptz,
  constraint workspaces_pkey primary key (environment, workspace),
  constraint workspaces_type_check check (workspace_type in ('PERSISTENT', 'CI', 'LOCAL'))
);

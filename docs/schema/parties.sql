create schema parties;

create table parties.applications (
  name text not null,
  permissions text[] not null,
  constraint applications_pkey PRIMARY KEY (name)
);

create table parties.bulk_loads (
  id text not null,
  rows_done bigint not null,
  started_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  created bigint default 0 not null,
  refused bigint default 0 not null,
  constraint bulk_loads_pkey PRIMARY KEY (id)
);

create table parties.call_counts (
  hour timestamp with time zone not null,
  application text not null,
  key_name text not null,
  operation text not null,
  status smallint not null,
  calls bigint not null,
  last_called_at timestamp with time zone not null,
  constraint call_counts_pkey PRIMARY KEY (application, key_name, hour, operation, status)
);
CREATE INDEX call_counts_hour_idx ON parties.call_counts USING btree (hour);

create table parties.domain_events (
  seq bigint generated always as identity not null,
  aggregate_type text not null,
  aggregate_id text collate "C" not null,
  name text not null,
  payload json not null,
  occurred_at timestamp(6) with time zone not null,
  application text not null,
  correlation_id text,
  transaction_id xid8 default pg_current_xact_id() not null,
  constraint domain_events_pkey PRIMARY KEY (seq),
  constraint domain_events_aggregate_type_check CHECK ((aggregate_type = ANY (ARRAY['product_team'::text, 'product'::text])))
);
CREATE INDEX domain_events_aggregate_idx ON parties.domain_events USING btree (aggregate_id, seq);
CREATE INDEX domain_events_application_idx ON parties.domain_events USING btree (application, seq);
CREATE INDEX domain_events_feed_idx ON parties.domain_events USING btree (transaction_id, seq);

create table parties.event_publication (
  name text not null,
  transaction_id xid8 not null,
  seq bigint not null,
  constraint event_publication_pkey PRIMARY KEY (name)
);

create table parties.identifiers (
  value text collate "C" not null,
  product_team_id text collate "C" not null,
  kind text not null,
  constraint identifiers_pkey PRIMARY KEY (value),
  constraint identifiers_kind_check CHECK ((kind = ANY (ARRAY['root'::text, 'alias'::text]))),
  constraint identifiers_product_team_id_fkey FOREIGN KEY (product_team_id) REFERENCES parties.product_teams(id)
);

create table parties.ods_codes (
  code text collate "C" not null,
  source text not null,
  checked_at timestamp with time zone not null,
  constraint ods_codes_pkey PRIMARY KEY (code, source),
  constraint ods_codes_source_check CHECK ((source = ANY (ARRAY['declared'::text, 'directory'::text])))
);

create table parties.product_teams (
  id text collate "C" not null,
  name text not null,
  ods_code text collate "C" not null,
  status text default 'active'::text not null,
  created_on timestamp(6) with time zone not null,
  updated_on timestamp(6) with time zone,
  deleted_on timestamp(6) with time zone,
  keys jsonb default '[]'::jsonb not null,
  body text not null,
  constraint product_teams_pkey PRIMARY KEY (id),
  constraint product_teams_deleted_on_check CHECK (((status = 'inactive'::text) = (deleted_on IS NOT NULL))),
  constraint product_teams_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])))
);
CREATE INDEX product_teams_name_idx ON parties.product_teams USING btree (lower(name) COLLATE "C", id) WHERE (status = 'active'::text);
CREATE INDEX product_teams_ods_code_idx ON parties.product_teams USING btree (ods_code, id);

create table parties.products (
  id text collate "C" not null,
  cpm_product_team_id text collate "C" not null,
  product_team_id text collate "C",
  name text not null,
  ods_code text collate "C" not null,
  status text default 'active'::text not null,
  created_on timestamp(6) with time zone not null,
  updated_on timestamp(6) with time zone,
  deleted_on timestamp(6) with time zone,
  keys jsonb default '[]'::jsonb not null,
  body text not null,
  constraint products_pkey PRIMARY KEY (id),
  constraint products_deleted_on_check CHECK (((status = 'inactive'::text) = (deleted_on IS NOT NULL))),
  constraint products_id_check CHECK ((id ~ '^P\.[ACDEFGHJKLMNPRTUVWXY34679]{3}-[ACDEFGHJKLMNPRTUVWXY34679]{3}$'::text)),
  constraint products_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text]))),
  constraint products_cpm_product_team_id_fkey FOREIGN KEY (cpm_product_team_id) REFERENCES parties.product_teams(id)
);
CREATE INDEX products_name_idx ON parties.products USING btree (lower(name) COLLATE "C", id) WHERE (status = 'active'::text);
CREATE INDEX products_ods_code_idx ON parties.products USING btree (ods_code, cpm_product_team_id, id) WHERE (status = 'active'::text);
CREATE INDEX products_team_idx ON parties.products USING btree (cpm_product_team_id, id) WHERE (status = 'active'::text);

create table parties.rate_limits (
  name text not null,
  minute timestamp with time zone not null,
  requests bigint not null,
  constraint rate_limits_pkey PRIMARY KEY (name)
);

create table parties.reserved_product_ids (
  id text collate "C" not null,
  reserved_at timestamp with time zone default now() not null,
  constraint reserved_product_ids_pkey PRIMARY KEY (id)
);

create table parties.retired_aliases (
  value text collate "C" not null,
  product_team_id text collate "C" not null,
  retired_at_ms bigint not null,
  constraint retired_aliases_pkey PRIMARY KEY (value, retired_at_ms, product_team_id),
  constraint retired_aliases_product_team_id_fkey FOREIGN KEY (product_team_id) REFERENCES parties.product_teams(id)
);

create table parties.workspaces (
  workspace text not null,
  environment text not null,
  workspace_type text not null,
  database_name text not null,
  route text not null,
  is_temporary boolean not null,
  commit_sha text,
  created_on timestamp with time zone not null,
  last_updated timestamp with time zone not null,
  expiration_date timestamp with time zone,
  constraint workspaces_pkey PRIMARY KEY (environment, workspace),
  constraint workspaces_route_key UNIQUE (route),
  constraint workspaces_type_check CHECK ((workspace_type = ANY (ARRAY['PERSISTENT'::text, 'CI'::text, 'LOCAL'::text])))
);

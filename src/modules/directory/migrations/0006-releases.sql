-- Releases of the workers that are deployed side by side (blue and green). While release_link has no row, releases are
-- not in use and every worker works.
create table directory.releases (
  -- The value of ENVIRONMENT that its workers run with.
  name text primary key,
  version text not null,
  shared_environment text not null,
  deployed_at timestamptz not null,
  deployed_by text not null
);

create table directory.release_link (
  is_only boolean primary key default true,
  -- Takes change events and runs by the clock; null while unlinked.
  linked text,
  previous text,
  -- Works on what lies downstream: the linked one, or the one that was linked last.
  draining text,
  changed_at timestamptz not null,
  changed_by text not null,
  constraint release_link_one_row check (is_only),
  constraint release_link_linked_fkey foreign key (linked) references directory.releases (name),
  constraint release_link_draining check (linked is null or linked = draining)
);

-- Worker processes and the release they belong to, seen within seconds.
create table directory.release_workers (
  id uuid primary key,
  release text not null,
  version text not null,
  seen_at timestamptz not null
);

create index release_workers_release_idx on directory.release_workers (release, seen_at);

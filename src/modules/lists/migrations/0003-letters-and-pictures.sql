-- works with programs since 0002
-- Addresses that want no reminders, hashed: they need no account, and the address itself is not needed to know.
create table lists.reminder_refusals (
  email_hash bytea primary key,
  refused_at timestamptz not null default now()
);

-- Reservations that went with their gift or list, so that the page behind an e-mailed link can say what happened.
create table lists.withdrawn_reservations (
  id text primary key,
  what text not null,
  withdrawn_at timestamptz not null default now(),
  constraint withdrawn_reservations_what_check check (what in ('gift', 'list'))
);
create index withdrawn_reservations_time_idx on lists.withdrawn_reservations (withdrawn_at);

-- The language a part of a gift was promised in.
alter table lists.contributions add column locale text;

-- Pictures that people uploaded; the bytes are in the blob store, under the id.
create table lists.pictures (
  id text primary key,
  -- No reference: an erased account leaves its pictures until the nightly task finds them unused.
  owner_id text not null,
  url text not null,
  bytes integer not null,
  created_at timestamptz not null default now()
);
create index pictures_created_idx on lists.pictures (created_at);

-- What the daily look at the catalogue's pictures found.
alter table lists.products add column image_checked_at timestamptz;
alter table lists.products add column image_fault text;
create index products_image_checked_idx on lists.products (image_checked_at nulls first) where withdrawn_at is null;

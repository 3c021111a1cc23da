import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createTestDatabase } from '../../../test/harness/index.ts';
import { dumpSchema } from './schema-dump.ts';

const { db, ...database } = await createTestDatabase();
after(() => database[Symbol.asyncDispose]());

const SCHEMA = `
create schema sample;
create schema other;
create type sample.mood as enum ('sad', 'it''s ok');
create domain sample.code as text not null constraint code_check check (value ~ '^[A-Z]+$');
create type sample.pair as (a integer, b text);
create sequence sample.numbers increment 5 start 100;
create function sample.touch() returns trigger language plpgsql as $$
begin
  new.changed_at := now();
  return new;
end $$;
create table sample.owners (
  id bigint generated always as identity primary key,
  "Display name" text collate "C" not null,
  legacy serial
);
create table sample.items (
  id uuid constraint items_pkey primary key,
  owner_id bigint constraint items_owner_fkey references sample.owners (id) on delete cascade,
  price numeric(10, 2) default 0 not null,
  tax numeric(10, 2) generated always as (price * 0.2) stored,
  mood sample.mood default 'sad',
  tags text[] default '{}' not null,
  details jsonb,
  changed_at timestamptz(3) default now(),
  constraint items_price_check check (price >= 0),
  constraint items_owner_key unique nulls not distinct (owner_id, mood)
) with (fillfactor = 80);
comment on table sample.items is 'What''s for sale';
comment on column sample.items.price is 'Without tax';
create index items_tags_idx on sample.items using gin (tags);
create index items_recent_idx on sample.items (changed_at desc) include (price) where price > 0;
create trigger items_touch before update on sample.items for each row execute function sample.touch();
create unlogged table sample.scratch (a integer);
create table sample.events (at timestamptz not null, id bigint not null, primary key (at, id)) partition by range (at);
create index events_id_idx on sample.events (id);
create table sample.events_2026 partition of sample.events for values from ('2026-01-01') to ('2027-01-01');
create view sample.cheap as select items.id, items.price from sample.items where items.price < 10;
create view sample.owned as
  select i.id, o."Display name" from sample.items i join sample.owners o on o.id = i.owner_id;
create table other.hidden (id integer);
`;

const DUMP = `create schema sample;

create domain sample.code as text not null constraint code_check CHECK ((VALUE ~ '^[A-Z]+$'::text));

create type sample.mood as enum ('sad', 'it''s ok');

create type sample.pair as (a integer, b text);

create sequence sample.numbers as bigint start 100 increment 5 minvalue 1 maxvalue 9223372036854775807 cache 1;

create sequence sample.owners_legacy_seq as integer start 1 increment 1 minvalue 1 maxvalue 2147483647 cache 1 owned by sample.owners.legacy;

create view sample.cheap as SELECT id, price FROM sample.items WHERE (price < (10)::numeric);

create table sample.events (
  at timestamp with time zone not null,
  id bigint not null,
  constraint events_pkey PRIMARY KEY (at, id)
) partition by RANGE (at);
CREATE INDEX events_id_idx ON ONLY sample.events USING btree (id);

create table sample.items (
  id uuid not null,
  owner_id bigint,
  price numeric(10,2) default 0 not null,
  tax numeric(10,2) generated always as ((price * 0.2)) stored,
  mood sample.mood default 'sad'::sample.mood,
  tags text[] default '{}'::text[] not null,
  details jsonb,
  changed_at timestamp(3) with time zone default now(),
  constraint items_pkey PRIMARY KEY (id),
  constraint items_owner_key UNIQUE NULLS NOT DISTINCT (owner_id, mood),
  constraint items_price_check CHECK ((price >= (0)::numeric)),
  constraint items_owner_fkey FOREIGN KEY (owner_id) REFERENCES sample.owners(id) ON DELETE CASCADE
) with (fillfactor=80);
comment on table sample.items is 'What''s for sale';
comment on column sample.items.price is 'Without tax';
CREATE INDEX items_recent_idx ON sample.items USING btree (changed_at DESC) INCLUDE (price) WHERE (price > (0)::numeric);
CREATE INDEX items_tags_idx ON sample.items USING gin (tags);
CREATE TRIGGER items_touch BEFORE UPDATE ON sample.items FOR EACH ROW EXECUTE FUNCTION sample.touch();

create view sample.owned as SELECT i.id, o."Display name" FROM (sample.items i JOIN sample.owners o ON ((o.id = i.owner_id)));

create table sample.owners (
  id bigint generated always as identity not null,
  "Display name" text collate "C" not null,
  legacy integer default nextval('sample.owners_legacy_seq'::regclass) not null,
  constraint owners_pkey PRIMARY KEY (id)
);

create unlogged table sample.scratch (
  a integer
);

CREATE OR REPLACE FUNCTION sample.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.changed_at := now();
  return new;
end $function$;
`;

// The expected text is the same whichever PostgreSQL the tests run on.
test('a schema is dumped completely, without partitions and other schemas, alike on every version', async () => {
  await db.pool.query(SCHEMA);
  assert.equal(await dumpSchema(db, 'sample'), DUMP);
});

test('the dump does not depend on the session or on new partitions', async () => {
  await db.pool.query(
    "create table sample.events_2027 partition of sample.events for values from ('2027-01-01') to ('2028-01-01')",
  );
  assert.equal(await dumpSchema(db, 'sample'), DUMP);
});

test('a missing schema is an error', async () => {
  await assert.rejects(dumpSchema(db, 'nothing'), /has no schema "nothing"; run its schema migrations first/);
});

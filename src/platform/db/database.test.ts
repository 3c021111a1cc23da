import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { createTestDatabase, waitUntil } from '../../../test/harness/index.ts';
import { openDatabase, typed } from './database.ts';
import { isConnectionFailure } from './postgres-errors.ts';

const { db, url, ...database } = await createTestDatabase();
after(() => database[Symbol.asyncDispose]());

test('values that JavaScript cannot hold exactly arrive as text, instants as dates', async () => {
  const { rows } = await db.pool.query(
    `
    select date '2028-02-29' - 1 as day, 9007199254740993::bigint as large, 0.10::numeric as amount,
           timestamptz '2026-07-01 12:00:00+01' as instant, timestamp '2026-07-01 12:00:00' as wall_clock,
           array[date '2026-01-01'] as days, array[0.10::numeric] as amounts, array[9007199254740993] as larges,
           7::int as number, '{"a": 1}'::jsonb as document, array['x', null] as texts`.replace(
      '2026-02-29',
      '2028-02-29',
    ),
  );
  assert.deepEqual(rows, [
    {
      day: '2028-02-28',
      large: '9007199254740993',
      amount: '0.10',
      instant: new Date('2026-07-01T11:00:00Z'),
      wall_clock: '2026-07-01 12:00:00',
      days: ['2026-01-01'],
      amounts: ['0.10'],
      larges: ['9007199254740993'],
      number: 7,
      document: { a: 1 },
      texts: ['x', null],
    },
  ]);
});

test('parsers of other pools in the process stay as they are', async () => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("select date '2026-01-01' as day");
    assert.ok(rows[0].day instanceof Date);
  } finally {
    await client.end();
  }
});

test('sessions run in UTC with the parameters asked for, also when the URL brings its own', async () => {
  const withOptions = new URL(url);
  withOptions.searchParams.set('options', '-c work_mem=5MB');
  await using other = openDatabase({
    url: withOptions.href,
    maxConnections: 1,
    applicationName: 'my application',
    session: { search_path: 'one, two', statement_timeout: '1234' },
  });
  const { rows } = await other.pool.query(`
    select current_setting('TimeZone') as zone, current_setting('search_path') as path,
           current_setting('statement_timeout') as timeout, current_setting('work_mem') as memory,
           current_setting('application_name') as name`);
  assert.deepEqual(rows, [
    { zone: 'UTC', path: 'one, two', timeout: '1234ms', memory: '5MB', name: 'my application' },
  ]);
});

test('a typed view shares the pool', async () => {
  await db.pool.query('create table colours (name text)');
  const colours = typed<{ colours: { name: string } }>(db);
  await colours.insertInto('colours').values({ name: 'red' }).execute();
  assert.deepEqual(await colours.selectFrom('colours').select('name').execute(), [{ name: 'red' }]);
});

test('losing idle and borrowed connections is reported and survived', async () => {
  const errors: Error[] = [];
  await using victim = openDatabase({
    url,
    maxConnections: 1,
    applicationName: 'victim',
    onError: (error) => errors.push(error),
  });
  const terminate =
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'";
  await victim.pool.query('select 1');
  await db.pool.query(terminate);
  await waitUntil('the loss is noticed', () => errors.length > 0);

  const interrupted = victim.kysely.transaction().execute(async (trx) => {
    await sql`select 1`.execute(trx);
    await db.pool.query(terminate);
    await sql`select 1`.execute(trx);
  });
  await assert.rejects(interrupted, isConnectionFailure);
  assert.equal((await victim.pool.query('select 1')).rowCount, 1);
});

test('a server that does not answer is given up after the time allowed', async () => {
  const sockets: { destroy(): void }[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  await using unreachable = openDatabase({
    url: `postgresql://nobody:x@127.0.0.1:${port}/none`,
    maxConnections: 1,
    applicationName: 'test',
    connectTimeoutMs: 100,
  });
  await assert.rejects(unreachable.pool.query('select 1'), isConnectionFailure);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('disposing twice is harmless', async () => {
  const other = openDatabase({ url, maxConnections: 1, applicationName: 'test' });
  await other.pool.query('select 1');
  await Promise.all([other[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '#platform/db';
import { createTestDatabase, ensureTemplate } from './index.ts';

test('a template is built once however many ask for it at the same time', async () => {
  let builds = 0;
  const prepare = async (url: string) => {
    builds++;
    await using db = openDatabase({ url, maxConnections: 1, applicationName: 'prepare' });
    await db.pool.query('create table places (name text)');
  };
  await Promise.all(Array.from({ length: 4 }, () => ensureTemplate('places', prepare)));
  assert.equal(builds, 1);
});

test('a failed build leaves no template behind', async () => {
  const failure = ensureTemplate('broken', () => Promise.reject(new Error('no')));
  await assert.rejects(failure, /no/);
  await assert.rejects(createTestDatabase({ template: 'broken' }), /does not exist/);
});

test('databases cloned from a template are independent and dropped when disposed', async () => {
  await ensureTemplate('colours', async (url) => {
    await using db = openDatabase({ url, maxConnections: 1, applicationName: 'prepare' });
    await db.pool.query("create table colours (name text); insert into colours values ('red')");
  });
  const first = await createTestDatabase({ template: 'colours' });
  await using second = await createTestDatabase({ template: 'colours' });
  await first.db.pool.query("insert into colours values ('blue')");
  const { rows } = await second.db.pool.query('select name from colours');
  assert.deepEqual(rows, [{ name: 'red' }]);

  const name = new URL(first.url).pathname.slice(1);
  await first[Symbol.asyncDispose]();
  const { rowCount } = await second.db.pool.query('select 1 from pg_database where datname = $1', [name]);
  assert.equal(rowCount, 0);
});

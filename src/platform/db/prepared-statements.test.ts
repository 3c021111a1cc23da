import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { createTestDatabase } from '../../../test/harness/index.ts';
import { openDatabase } from './database.ts';
import { prepareRepeated } from './prepared-statements.ts';

const { url, ...database } = await createTestDatabase();
after(() => database[Symbol.asyncDispose]());

const oneConnection = () => openDatabase({ url, maxConnections: 1, applicationName: 'prepared' });

async function preparedTexts(db: ReturnType<typeof oneConnection>): Promise<string[]> {
  const { rows } = await db.pool.query<{ statement: string }>('select statement from pg_prepared_statements');
  return rows.map(({ statement }) => statement);
}

test('a statement that repeats on a connection is prepared there once and gives each run its own values', async () => {
  await using db = oneConnection();
  for (let value = 1; value <= 20; value += 1) {
    const { rows } = await sql<{ doubled: number }>`select ${value}::int * 2 as doubled`.execute(db.kysely);
    assert.deepEqual(rows, [{ doubled: value * 2 }]);
  }
  assert.deepEqual(await preparedTexts(db), ['select $1::int * 2 as doubled']);
});

test('a rare statement, one without values and one with open columns are not prepared', async () => {
  await using db = oneConnection();
  await sql`select ${1}::int as rare`.execute(db.kysely);
  for (let run = 0; run < 10; run += 1) {
    await sql`select 1 as fixed`.execute(db.kysely);
    await sql`select * from (select ${run}::int as n) as open_columns`.execute(db.kysely);
  }
  assert.deepEqual(await preparedTexts(db), []);
});

test('statements of one connection that are prepared at most are a hundred', async () => {
  await using db = oneConnection();
  for (let kind = 0; kind < 110; kind += 1) {
    for (let run = 0; run < 4; run += 1)
      await sql`select ${run}::int as ${sql.id(`n${kind}`)}`.execute(db.kysely);
  }
  assert.equal((await preparedTexts(db)).length, 100);
});

test('a prepared statement outlives a change of its table and a failure of its own', async () => {
  await using db = oneConnection();
  await sql`create table things (id int primary key, name text)`.execute(db.kysely);
  const insert = (id: number) =>
    sql`insert into things (id, name) values (${id}, 'x') returning id`.execute(db.kysely);
  for (let id = 0; id < 10; id += 1) await insert(id);
  await assert.rejects(insert(3), { code: '23505' });
  await sql`alter table things add column note text default 'new'`.execute(db.kysely);
  await sql`alter table things alter column name type varchar(10)`.execute(db.kysely);
  assert.deepEqual((await insert(10)).rows, [{ id: 10 }]);
});

test('a plan made when a table was empty does not stay when it has grown', async () => {
  const client = new pg.Client({ connectionString: url });
  let now = 0;
  prepareRepeated(client, () => now);
  await client.connect();
  try {
    await client.query(`create table growing (id int primary key) with (autovacuum_enabled = false);
      insert into growing values (0);
      analyze growing`);
    const find = (id: number) => client.query('select id from growing where id = $1', [id]);
    const plan = async () =>
      (await client.query<{ 'QUERY PLAN': string }>('explain execute signalbox_1(7)')).rows[0]?.[
        'QUERY PLAN'
      ] ?? '';
    for (let run = 0; run < 20; run += 1) await find(run);
    await client.query('insert into growing select n from generate_series(1, 20000) n');
    assert.match(await plan(), /^Seq Scan/);
    now += 10_000;
    assert.deepEqual((await find(7)).rows, [{ id: 7 }]);
    assert.match(await plan(), /^Index Only Scan/);
    // In a failed transaction the statement's own error is the one that arrives.
    now += 10_000;
    await client.query('begin');
    await assert.rejects(client.query('select 1 / 0'), { code: '22012' });
    await assert.rejects(find(7), { code: '25P02' });
    await client.query('rollback');
    assert.deepEqual((await find(7)).rows, [{ id: 7 }]);
  } finally {
    await client.end();
  }
});

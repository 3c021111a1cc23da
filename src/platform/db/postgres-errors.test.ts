import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createTestDatabase } from '../../../test/harness/index.ts';
import { openDatabase } from './database.ts';
import { isConnectionFailure, sqlState, violatedConstraint } from './postgres-errors.ts';

const { db, url, ...database } = await createTestDatabase();
after(() => database[Symbol.asyncDispose]());

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  );
}

test('a violated constraint is known by state and name, also through causes', async () => {
  await db.pool.query('create table items (id integer constraint items_pkey primary key)');
  await db.pool.query('insert into items values (1)');
  const error = await failureOf(db.pool.query('insert into items values (1)'));
  const wrapped = new Error('outer', { cause: new Error('inner', { cause: error }) });
  for (const fault of [error, wrapped]) {
    assert.equal(sqlState(fault), '23505');
    assert.equal(violatedConstraint(fault), 'items_pkey');
    assert.equal(isConnectionFailure(fault), false);
  }
});

test('servers that are away, closing or refusing us are connection failures', async () => {
  await using nowhere = openDatabase({
    url: 'postgresql://x:y@127.0.0.1:1/none',
    maxConnections: 1,
    applicationName: 'test',
  });
  assert.ok(isConnectionFailure(await failureOf(nowhere.pool.query('select 1'))));
  assert.ok(
    isConnectionFailure(await failureOf(db.pool.query('select pg_terminate_backend(pg_backend_pid())'))),
  );

  const wrongUser = new URL(url);
  wrongUser.username = 'stranger';
  wrongUser.password = 'wrong';
  await using refused = openDatabase({ url: wrongUser.href, maxConnections: 1, applicationName: 'test' });
  assert.ok(isConnectionFailure(await failureOf(refused.pool.query('select 1'))));

  // A name that is in no database, as while one is being moved.
  const absent = new URL(url);
  absent.pathname = '/absent';
  await using moved = openDatabase({ url: absent.href, maxConnections: 1, applicationName: 'test' });
  assert.ok(isConnectionFailure(await failureOf(moved.pool.query('select 1'))));

  const readOnly = failureOf(db.pool.query('start transaction read only; create table never (id integer)'));
  assert.ok(isConnectionFailure(await readOnly));
});

test('connection failures are found in every error of an aggregate', () => {
  const refusal = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  assert.ok(
    isConnectionFailure(new Error('outer', { cause: new AggregateError([new Error('other'), refusal]) })),
  );
});

test('faults of statements, foreign values and circular causes are not connection failures', async () => {
  assert.equal(isConnectionFailure(await failureOf(db.pool.query('select 1 / 0'))), false);
  const circular = new Error('circular');
  circular.cause = circular;
  for (const value of [undefined, null, 'text', 7, {}, { code: 7 }, circular, { code: 'ENOENT' }]) {
    assert.equal(isConnectionFailure(value), false);
    assert.equal(sqlState(value), undefined);
    assert.equal(violatedConstraint(value), undefined);
  }
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sqlState } from '#platform/db';
import { openAuthDatabase } from './auth.fixture.ts';
import { type Actor, recordAudit, searchAudit } from './index.ts';

const ada: Actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' };
const cli: Actor = { kind: 'cli', id: 'root', name: 'root' };
let db: Database;
let close: () => Promise<void>;

before(async () => {
  const database = await openAuthDatabase();
  db = database.db;
  close = () => database[Symbol.asyncDispose]();
});
after(() => close());

test('pages go through every entry once, newest first, whatever is added meanwhile', async () => {
  for (let index = 0; index < 7; index += 1) {
    await recordAudit(db.kysely, { actor: ada, action: 'queue.paused', target: `queue:${index}` });
  }
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await searchAudit(db.kysely, {}, { limit: 3, ...(after === undefined ? {} : { after }) });
    seen.push(...page.entries.map((entry) => entry.target));
    if (after === undefined)
      await recordAudit(db.kysely, { actor: cli, action: 'late.added', target: 'late:1' });
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(
    seen,
    [6, 5, 4, 3, 2, 1, 0].map((index) => `queue:${index}`),
  );
});

test('a search finds the beginning of an actor, an action or a target', async () => {
  await recordAudit(db.kysely, {
    actor: { ...ada, name: 'grace@example.org' },
    action: 'job.retried',
    target: 'job:77_a',
    details: { count: 2 },
  });
  for (const text of ['GRACE@', 'job.ret', 'job:77_']) {
    const { entries } = await searchAudit(db.kysely, { text }, { limit: 10 });
    assert.deepEqual(
      entries.map(({ action, target, details }) => ({ action, target, details })),
      [{ action: 'job.retried', target: 'job:77_a', details: { count: 2 } }],
    );
  }
  assert.deepEqual(await searchAudit(db.kysely, { text: 'job%retried' }, { limit: 10 }), { entries: [] });
});

test('an entry rolls back with the change it tells of', async () => {
  const rolledBack = db.kysely.transaction().execute(async (trx) => {
    await recordAudit(trx, { actor: cli, action: 'never.happened', target: 'x:1' });
    throw new Error('the change failed');
  });
  await assert.rejects(rolledBack, /the change failed/);
  assert.deepEqual(await searchAudit(db.kysely, { text: 'never.happened' }, { limit: 10 }), { entries: [] });
});

test('entries can be neither changed nor deleted', async () => {
  for (const statement of [
    `update platform.audit_log set action = 'x'`,
    'delete from platform.audit_log',
    'truncate platform.audit_log',
  ]) {
    await assert.rejects(db.pool.query(statement), (error) => sqlState(error) === '23001');
  }
});

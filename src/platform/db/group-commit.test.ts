import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../test/harness/index.ts';
import { openDatabase } from './database.ts';
import { createGroupCommit } from './group-commit.ts';
import { isConnectionFailure, sqlState } from './postgres-errors.ts';

const { db, url, ...database } = await createTestDatabase();
after(() => database[Symbol.asyncDispose]());
await db.pool.query(`create table items (
  id integer primary key, note text, constraint items_note_check check (note <> 'bad'))`);

interface Item {
  id: number;
  note: string;
}

function createIntake(
  options: {
    maxItems?: number;
    maxConcurrentCommits?: number;
    maxWaitMs?: number;
    minIntervalMs?: number;
  } = {},
) {
  const groups: number[] = [];
  const intake = createGroupCommit<Item>({
    db,
    maxItems: 1000,
    ...options,
    async commit(trx, items) {
      groups.push(items.length);
      const ids = items.map((item) => item.id);
      const notes = items.map((item) => item.note);
      await sql`insert into items select * from unnest(${ids}::int[], ${notes}::text[])`.execute(trx);
    },
  });
  return { intake, groups };
}

async function countItems(from: number, to: number): Promise<number> {
  const { rows } = await db.pool.query('select count(*)::int as n from items where id between $1 and $2', [
    from,
    to,
  ]);
  return rows[0].n;
}

test('an item is committed when its promise resolves', async () => {
  const { intake } = createIntake();
  await intake.add({ id: 1, note: 'first' });
  assert.equal(await countItems(1, 1), 1);
});

test('items that arrive during a commit share the next one', async () => {
  const { intake, groups } = createIntake({ maxConcurrentCommits: 1 });
  const first = intake.add({ id: 100, note: 'alone' });
  // The first group is formed when the event loop turns; what follows finds it in flight.
  await new Promise((resolve) => setImmediate(resolve));
  const others = Array.from({ length: 50 }, (_, n) => intake.add({ id: 101 + n, note: 'together' }));
  await Promise.all([first, ...others]);
  assert.deepEqual(groups, [1, 50]);
});

test('a group never exceeds its limit and a full one does not wait', async () => {
  const { intake, groups } = createIntake({ maxItems: 10, maxWaitMs: 60_000 });
  await Promise.all(Array.from({ length: 20 }, (_, n) => intake.add({ id: 200 + n, note: 'x' })));
  assert.deepEqual(groups, [10, 10]);
});

test('groups start apart, but a full one does not wait', async () => {
  const { intake, groups } = createIntake({ maxItems: 10, minIntervalMs: 100 });
  // Nothing came for long before the first item, so it goes at once; each of the others would find no commit in flight.
  for (let n = 0; n < 3; n++) {
    const added = intake.add({ id: 250 + n, note: 'x' });
    if (n === 0) await added;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await intake.drain();
  assert.deepEqual(groups, [1, 2]);
  await Promise.all(Array.from({ length: 20 }, (_, n) => intake.add({ id: 260 + n, note: 'x' })));
  assert.deepEqual(groups, [1, 2, 10, 10]);
});

test('a bad item fails alone', async () => {
  const { intake } = createIntake();
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, n) =>
      intake.add({ id: 300 + n, note: n === 7 || n === 23 ? 'bad' : 'good' }),
    ),
  );
  const failed = results.flatMap((result, n) =>
    result.status === 'rejected' ? [[n, sqlState(result.reason)]] : [],
  );
  assert.deepEqual(failed, [
    [7, '23514'],
    [23, '23514'],
  ]);
  assert.equal(await countItems(300, 399), 38);
});

test('a group that loses a deadlock goes again', async () => {
  let attempts = 0;
  const intake = createGroupCommit<number>({
    db,
    maxItems: 10,
    async commit(trx) {
      attempts++;
      if (attempts === 1)
        await sql`do $$ begin raise exception 'lost' using errcode = '40P01'; end $$`.execute(trx);
    },
  });
  await Promise.all([intake.add(1), intake.add(2)]);
  assert.equal(attempts, 2);
});

test('a lost connection rejects the whole group at once and the next group is served', async () => {
  await using own = openDatabase({ url, maxConnections: 2, applicationName: 'cut' });
  let attempts = 0;
  const intake = createGroupCommit<number>({
    db: own,
    maxItems: 100,
    async commit(trx, items) {
      attempts++;
      if (items.includes(1)) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx);
    },
  });
  const results = await Promise.allSettled([1, 2, 3].map((n) => intake.add(n)));
  assert.ok(results.every((result) => result.status === 'rejected' && isConnectionFailure(result.reason)));
  assert.equal(attempts, 1);
  await intake.add(4);
});

test('drain waits for everything that was added', async () => {
  const { intake } = createIntake({ maxItems: 5, maxConcurrentCommits: 1 });
  const adds = Array.from({ length: 22 }, (_, n) => intake.add({ id: 500 + n, note: 'x' }));
  await intake.drain();
  assert.equal(await countItems(500, 599), 22);
  await Promise.all(adds);
  await intake.drain();
});

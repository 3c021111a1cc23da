import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '#platform/db';
import { openAuthDatabase } from './auth.fixture.ts';
import { createApiKeyStore } from './index.ts';

let db: Database;
let close: () => Promise<void>;

before(async () => {
  const database = await openAuthDatabase();
  db = database.db;
  close = () => database[Symbol.asyncDispose]();
});
after(() => close());

test('a key verifies for its owner only', async () => {
  const store = createApiKeyStore(db);
  assert.equal(await store.put('directory', 'profile editor', 'key-one'), 'created');
  const found = await store.verify('directory', 'key-one');
  assert.equal(found?.name, 'profile editor');
  assert.equal(await store.verify('notify', 'key-one'), null);
  assert.equal(await store.verify('directory', 'key-two'), null);
});

test('putting a key again tells whether it changed', async () => {
  const store = createApiKeyStore(db);
  assert.equal(await store.put('put', 'a', 'first'), 'created');
  assert.equal(await store.put('put', 'a', 'first'), 'unchanged');
  assert.equal(await store.put('put', 'a', 'second'), 'changed');
  assert.equal(await store.verify('put', 'first'), null);
  assert.equal((await store.verify('put', 'second'))?.name, 'a');
});

test('a revoked key is refused until its name is put again', async () => {
  const store = createApiKeyStore(db);
  await store.put('revoke', 'a', 'key');
  assert.equal(await store.revoke('revoke', 'a'), true);
  assert.equal(await store.revoke('revoke', 'a'), false);
  assert.equal(await store.verify('revoke', 'key'), null);
  assert.notEqual((await store.list('revoke'))[0]?.revokedAt, null);
  assert.equal(await store.put('revoke', 'a', 'key'), 'changed');
  assert.equal((await store.verify('revoke', 'key'))?.name, 'a');
});

test('another process sees a revoked key refused within two seconds', async () => {
  const here = createApiKeyStore(db);
  const elsewhere = createApiKeyStore(db);
  await here.put('cache', 'a', 'key');
  assert.notEqual(await elsewhere.verify('cache', 'key'), null);
  const revokedAt = performance.now();
  await here.revoke('cache', 'a');
  while ((await elsewhere.verify('cache', 'key')) !== null) {
    assert.ok(performance.now() - revokedAt < 2_500, 'the key is still accepted');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('the key itself is stored nowhere', async () => {
  const store = createApiKeyStore(db);
  await store.put('stored', 'a', 'plain-text-key');
  const { rows } = await db.pool.query('select api_keys::text as row from platform.api_keys');
  assert.ok(rows.every((row) => !row.row.includes('plain-text-key')));
});

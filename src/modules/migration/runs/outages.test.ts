import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MigrationApp, openMigration } from '../testing/migration-app.ts';

async function start({ call }: MigrationApp): Promise<string> {
  const { body, status } = await call('POST', '/migrate/visits', {});
  assert.equal(status, 202);
  return body.migrationId;
}

const history = async ({ call }: MigrationApp, id: string) =>
  (await call('GET', `/migrate/history/${id}`)).body;

async function names(opened: MigrationApp, name: string) {
  return (await opened.app.app.stores[0].events.search({ name }, { limit: 50 })).events;
}

test('another mapping service is called over HTTP, and a second run finds every mapping there', async () => {
  await using opened = await openMigration({}, 'mapping');
  const migrationId = await start(opened);
  await opened.app.drain();
  assert.equal((await history(opened, migrationId)).recordsMigrated, 20);
  const again = await start(opened);
  await opened.app.drain();
  assert.equal((await history(opened, again)).status, 'COMPLETED');
  assert.equal(opened.fake.created.length, 20);
});

test('while the mapping service is away only the mapping is repeated, never the visit', async () => {
  await using opened = await openMigration({}, 'mapping');
  opened.fake.visitCount = 3;
  // Reads work, so that a run can begin; writes are refused.
  opened.fake.refusedWrites.add('/mapping/mapping/visits');
  const migrationId = await start(opened);
  await opened.app.drain();
  assert.equal(opened.fake.created.length, 3);
  const ended = await history(opened, migrationId);
  assert.deepEqual([ended.status, ended.recordsMigrated, ended.recordsFailed], ['COMPLETED', 0, 3]);
  assert.equal((await names(opened, 'nomis-migration-visit-mapping-failed')).length, 3);
  const letters = await opened.call('GET', '/migrate/dead-letter-queue/VISITS');
  assert.equal(letters.body.messages[0].body.type, 'RETRY_MIGRATION_MAPPING');
  assert.equal(letters.body.messages[0].body.context.body.label, migrationId);
  // A new run before the repair must not make the visits again.
  const next = await start(opened);
  await opened.app.drain();
  assert.equal((await history(opened, next)).status, 'COMPLETED');
  assert.equal(opened.fake.created.length, 3);
  opened.fake.refusedWrites.clear();
  await opened.call('PUT', '/queue-admin/retry-dlq/migration_visits_dlq');
  await opened.app.drain();
  assert.equal((await opened.call('POST', `/migrate/refresh/${migrationId}`)).status, 204);
  assert.equal((await history(opened, migrationId)).recordsMigrated, 3);
  assert.equal(opened.fake.created.length, 3);
});

test('answers that never come hold up nobody and make no second visit', async () => {
  await using opened = await openMigration({
    MIGRATION_PATIENCE_SECONDS: '1',
    MIGRATION_STRAGGLER_MS: '50',
  });
  opened.fake.faultOf = (body, attempt) =>
    attempt === 1 && String(body.createDateTime).endsWith('5') ? 'commit-then-hang' : undefined;
  const migrationId = await start(opened);
  await opened.app.drain();
  assert.equal((await history(opened, migrationId)).recordsMigrated, 20);
  assert.equal(opened.fake.created.length, 20);
});

test('a record whose source failed is moved by a retry of its dead letter', async () => {
  await using opened = await openMigration();
  opened.fake.visitCount = 3;
  const migrationId = await start(opened);
  opened.fake.outages.add('/nomis/visits/2');
  await opened.app.drain();
  assert.equal((await history(opened, migrationId)).recordsFailed, 1, 'answers with 503 count as attempts');
  opened.fake.outages.clear();
  await opened.call('PUT', '/queue-admin/retry-all-dlqs');
  await opened.app.drain();
  assert.equal(opened.fake.created.length, 3);
});

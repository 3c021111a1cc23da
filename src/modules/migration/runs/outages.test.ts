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
  // Another writer maps a new visit between our look-up and our mapping.
  opened.fake.visitCount = 21;
  opened.fake.areMappingsHidden = true;
  const other = { nomisId: 21, vsipId: 'other', mappingType: 'ONLINE' };
  await fetch(`${opened.fake.url}/mapping/mapping/visits`, { method: 'POST', body: JSON.stringify(other) });
  await opened.call('DELETE', '/migrate/dead-letter-queue/VISITS');
  const last = await start(opened);
  await opened.app.drain();
  const duplicates = await names(opened, 'nomis-migration-visit-duplicate');
  const ofNew = duplicates.find(({ properties }) => properties.duplicateNomisId === '21');
  assert.deepEqual(ofNew?.properties, {
    migrationId: last,
    duplicateVsipId: opened.fake.created.at(-1)?.reference,
    duplicateNomisId: '21',
    existingVsipId: 'other',
    existingNomisId: '21',
    durationMinutes: '0',
  });
  assert.equal((await history(opened, last)).recordsFailed, 0);
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

test('a record whose source failed is moved by a retry of its dead letter, under the names that are wanted', async () => {
  await using opened = await openMigration({
    HMPPS_SQS_PROTECT_RETRY_ALL: 'off',
    MIGRATION_FORMER_EVENT_NAMES: 'off',
    FEATURE_EVENT_VISITS_VISIT_CANCELLED: 'false',
    MIGRATION_HEALTH_EXCLUDED: 'sentencingApi',
  });
  opened.fake.visitCount = 3;
  const migrationId = await start(opened);
  opened.fake.outages.add('/nomis/visits/2');
  await opened.app.drain();
  assert.equal((await history(opened, migrationId)).recordsFailed, 1, 'answers with 503 count as attempts');
  opened.fake.outages.clear();
  const module = opened.app.module('migration');
  const all = await module.inject({ method: 'PUT', url: '/queue-admin/retry-all-dlqs' });
  assert.equal(all.statusCode, 200, 'the setting asks for no role');
  const counts = (all.json() as { messagesFoundCount: number }[]).map((found) => found.messagesFoundCount);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1,
  );
  await opened.app.drain();
  assert.equal(opened.fake.created.length, 3);
  assert.deepEqual(
    (await names(opened, 'RetryDLQ')).map(({ properties }) => properties),
    [{ 'dlq-name': 'migration_visits_dlq', 'messages-found': '1' }],
  );
  assert.equal((await names(opened, 'visits-migration-entity-migrated')).length, 3);
  assert.deepEqual(await names(opened, 'nomis-migration-visit-migrated'), []);
  // An event that is switched off is dropped without a call.
  opened.fake.requests.length = 0;
  await opened.call('POST', '/queues/prisoner_from_nomis_visits_queue/messages', {
    Type: 'Notification',
    Message: JSON.stringify({ visitId: 1 }),
    MessageAttributes: { eventType: { Type: 'String', Value: 'VISIT_CANCELLED' } },
  });
  await opened.app.drain();
  assert.ok(!opened.fake.requests.some((line) => line.includes('/nomis/visits/')));
  const { body: info } = await opened.call('GET', '/info');
  assert.equal(info['event-feature-switches']['visits.VISIT_CANCELLED'], false);
  const { body: health } = await opened.call('GET', '/health');
  assert.equal('sentencingApi' in health.components, false);
});

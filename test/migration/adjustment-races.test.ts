import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestApp, type TestApp, tasksOf } from '../harness/app.ts';
import { waitUntil } from '../harness/index.ts';
import { type MigrationSetting, NOW, startMigrationSetting, upstreamsAt } from './migration-setting.ts';

// Spec section 6.2.6: the four ways in which the original makes one adjustment twice.

const QUEUE = 'prisoner_from_nomis_sentencing_queue';
const DLQ = 'prisoner_from_nomis_sentencing_dl_queue';
const UPSERTED = 'SENTENCE_ADJUSTMENT_UPSERTED';
const MAPPINGS = '/mapping/sentencing/adjustments';
const EVENT = { offenderIdDisplay: 'A0000AA', bookingId: 1_200_001, adjustmentId: 150_001 };

let setting: MigrationSetting;
let second: TestApp;
/** With the mappings in another service, as the original has them. */
let remote: MigrationSetting;

before(async () => {
  setting = await startMigrationSetting();
  const environment = upstreamsAt({ url: setting.simulatorsUrl });
  second = await createTestApp({ environment, databaseUrl: setting.app.database.url, now: NOW });
  for (const { app } of [setting.app, second]) {
    for (const store of app.stores) await store.jobs.start(tasksOf(app.modules, store));
  }
  remote = await startMigrationSetting(
    { SENTENCING_AUTO_REMOVE_DUPLICATE: 'on', MIGRATION_EVENT_QUEUE_MAX_RECEIVES: '5' },
    { remoteMappings: true },
  );
});
after(async () => {
  await remote[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await setting[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await setting.reset();
  await remote.reset();
});

const auditOf = async (where: MigrationSetting) =>
  (
    await where.simulator<{ id: string; created: number; changed: number; deleted: number }[]>(
      '/adjustments/audit',
    )
  ).body;
const mappingsOf = async (where: MigrationSetting) => {
  const path = `${where === remote ? '/mapping' : ''}${MAPPINGS}?size=100`;
  const answer = where === remote ? await where.simulator<Page>(path) : await where.call<Page>('GET', path);
  return answer.body.content;
};
const fault = (simulator: string, faults: object[], where = setting) =>
  where.simulator(`/${simulator}/faults`, 'PUT', faults);

/** Until the two workers have done everything, what waits for its turn included. */
async function settled(): Promise<void> {
  const [store] = setting.app.app.stores;
  // One look at several queues may come between the end of one job and what it leads to.
  let quiet = 0;
  for (let tries = 0; tries < 2_400; tries += 1) {
    const queues = (await store.jobs.queues()).filter(({ queue }) =>
      /^migration.(expand|move|sync)/.test(queue),
    );
    if (queues.every(({ waiting, active, retrying }) => waiting + active + retrying === 0)) quiet += 1;
    else quiet = 0;
    if (quiet === 5) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The workers did not come to an end.');
}

interface Page {
  content: { nomisAdjustmentId: number; adjustmentId: string }[];
}

test('identical events at once make one adjustment and one mapping, with two workers', async () => {
  await Promise.all(Array.from({ length: 15 }, () => setting.sendEvent(QUEUE, UPSERTED, EVENT)));
  await settled();
  assert.deepEqual(await auditOf(setting), [{ id: 'SENTENCE/150001', created: 1, changed: 14, deleted: 0 }]);
  assert.equal((await mappingsOf(setting)).length, 1);
  assert.equal((await setting.events('created-synchronisation-success')).length, 1);
  assert.deepEqual(await setting.events('duplicate'), []);
});

test('events, a merge, a repair and a bulk run of the same adjustments at once make each once', async () => {
  const repair = `/prisoners/booking-id/${EVENT.bookingId}/update/sentencing-adjustments/repair`;
  const sends = Array.from({ length: 20 }, (_, nth) => {
    const adjustmentId = 150_001 + (nth % 2);
    return setting.sendEvent(QUEUE, UPSERTED, { ...EVENT, adjustmentId });
  });
  await Promise.all([
    ...sends,
    setting.sendEvent(QUEUE, 'BOOKING_NUMBER-CHANGED', { bookingId: EVENT.bookingId }),
    setting.call('POST', '/migrate/sentencing', {}),
    setting.call('POST', repair),
  ]);
  await settled();
  const rows = await auditOf(setting);
  assert.equal(rows.length, 16);
  assert.ok(rows.every(({ created }) => created === 1));
  assert.equal((await mappingsOf(setting)).length, 16);
});

test('a create whose answer is lost is not repeated until a person has looked', async () => {
  await setting.simulator('/adjustments/control', 'PUT', { honourIdempotencyKey: true });
  await fault('adjustments', [
    { match: { method: 'POST' }, kind: 'timeout_after_commit', delayMs: 5, count: 1 },
  ]);
  for (let nth = 0; nth < 3; nth += 1) await setting.sendEvent(QUEUE, UPSERTED, EVENT);
  await settled();
  const [row] = await auditOf(setting);
  assert.equal(row?.created, 1);
  const letters = await setting.call<{ messagesFoundCount: number }>(
    'GET',
    `/queue-admin/get-dlq-messages/${DLQ}`,
  );
  assert.equal(letters.body.messagesFoundCount, 3);
  // The person knows the target to honour the key of the first request.
  await setting.call('PUT', `/queue-admin/retry-dlq/${DLQ}`);
  // A worker puts them back in its own time, so first they must be seen to arrive.
  await waitUntil('both updates follow', async () => (await auditOf(setting))[0]?.changed === 2);
  await settled();
  assert.deepEqual(await auditOf(setting), [{ id: 'SENTENCE/150001', created: 1, changed: 2, deleted: 0 }]);
  assert.equal((await mappingsOf(setting)).length, 1);
});

test('a mapping that was taken although its answer was lost is confirmed by the retry', async () => {
  await fault(
    'mapping',
    [{ match: { method: 'POST' }, kind: 'timeout_after_commit', delayMs: 5, count: 1 }],
    remote,
  );
  await remote.sendEvent(QUEUE, UPSERTED, EVENT);
  await remote.drain();
  assert.deepEqual(await auditOf(remote), [{ id: 'SENTENCE/150001', created: 1, changed: 0, deleted: 0 }]);
  assert.equal((await mappingsOf(remote)).length, 1);
  const names = (await remote.events('adjustment')).map(({ name, properties }) => [name, properties.mapping]);
  assert.deepEqual(names, [
    ['sentence-adjustment-created-synchronisation-success', 'initial-failure'],
    ['adjustment-mapping-created-synchronisation-success', 'initial-failure'],
  ]);
});

test('an event before the retry of a failed mapping completes it and makes no second adjustment', async () => {
  await fault('mapping', [{ match: { method: 'POST' }, kind: 'status', status: 503, count: 2 }], remote);
  for (let nth = 0; nth < 5; nth += 1) await remote.sendEvent(QUEUE, UPSERTED, EVENT);
  await remote.drain();
  const [row, ...others] = await auditOf(remote);
  assert.deepEqual([row?.created, row?.deleted, others.length], [1, 0, 0]);
  assert.equal((await mappingsOf(remote)).length, 1);
  assert.deepEqual(await remote.events('duplicate'), []);
});

test('an adjustment that another writer has mapped already is named, and removed where that is wanted', async () => {
  const existing = {
    nomisAdjustmentId: 150_001,
    nomisAdjustmentCategory: 'SENTENCE',
    adjustmentId: '7a1b3f6e-0000-4000-8000-000000000001',
    mappingType: 'SENTENCING_CREATED',
  };
  // The other writer comes between our look-up and our mapping.
  await fault('mapping', [{ match: { method: 'GET' }, kind: 'status', status: 404, count: 1 }], remote);
  await remote.simulator(`/mapping${MAPPINGS}`, 'POST', existing);
  await remote.sendEvent(QUEUE, UPSERTED, EVENT);
  await remote.drain();
  assert.deepEqual(await auditOf(remote), [{ id: 'SENTENCE/150001', created: 1, changed: 0, deleted: 1 }]);
  const [duplicate] = await remote.events('from-nomis-synch-adjustment-duplicate');
  assert.deepEqual(duplicate?.properties, {
    duplicateAdjustmentId: duplicate?.properties.duplicateAdjustmentId,
    duplicateNomisAdjustmentId: '150001',
    duplicateNomisAdjustmentCategory: 'SENTENCE',
    existingAdjustmentId: existing.adjustmentId,
    existingNomisAdjustmentId: '150001',
    existingNomisAdjustmentCategory: 'SENTENCE',
    removed: 'true',
  });
  assert.deepEqual(
    (await mappingsOf(remote)).map(({ adjustmentId }) => adjustmentId),
    [existing.adjustmentId],
  );
  assert.equal((await remote.events('created-synchronisation-success')).length, 1);
});

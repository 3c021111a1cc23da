import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { bindTask } from '#platform/jobs';
import { waitUntil } from '../../../../test/harness/index.ts';
import { claimKeys, markCreated, markPosting, parkKeys, renewParked } from '../ledger/ledger-queries.ts';
import { expireTask, sweepTask } from '../tasks/definitions.ts';
import { nomisVisit } from '../testing/fake-hmpps.ts';
import { type MigrationApp, NOW, openMigration } from '../testing/migration-app.ts';

let opened: MigrationApp;

before(async () => {
  opened = await openMigration();
});
beforeEach(() => opened.reset());
after(() => opened[Symbol.asyncDispose]());

async function start(body: object = {}, query = ''): Promise<string> {
  const { body: started, status } = await opened.call('POST', `/migrate/visits${query}`, body);
  assert.equal(status, 202, JSON.stringify(started));
  return started.migrationId;
}

const history = async (id: string) => (await opened.call('GET', `/migrate/history/${id}`)).body;

async function events(name: string) {
  const store = opened.app.app.stores[0];
  return (await store.events.search({ name, order: 'oldest' }, { limit: 100 })).events.map(
    (event) => event.properties,
  );
}

test('a cancelled run drops what waits, ends, and lets the next one start', async () => {
  const migrationId = await start();
  assert.equal((await opened.call('POST', `/migrate/cancel/${migrationId}`)).status, 202);
  assert.equal((await history(migrationId)).status, 'CANCELLED_REQUESTED');
  assert.equal((await opened.call('POST', '/migrate/visits', {})).status, 409, 'it is still open');
  await opened.app.drain();
  assert.equal((await history(migrationId)).status, 'CANCELLED');
  assert.deepEqual(opened.fake.created, []);
  assert.equal((await opened.call('POST', `/migrate/cancel/${migrationId}`)).status, 202);
  assert.equal((await history(migrationId)).status, 'CANCELLED', 'a second cancel changes nothing');
  await start();
  await opened.app.drain();
  assert.equal(opened.fake.created.length, 20);
  assert.equal((await events('visits-migration-cancelled')).length, 1);
  assert.equal((await events('nomis-migration-visit-cancel-requested')).length, 1);
  assert.deepEqual(
    (await events('hmpps-audit-event')).map((message) => message.what),
    ['MIGRATION_STARTED', 'MIGRATION_CANCEL_REQUESTED', 'MIGRATION_STARTED'],
  );
});

test('a cancel of an ended run leaves the newer one alone, under its former path, too', async () => {
  const first = await start();
  await opened.app.drain();
  const second = await start();
  for (const path of [`/migrate/cancel/${first}`, `/migrate/visits/${first}/cancel`]) {
    assert.equal((await opened.call('POST', path)).status, 202);
  }
  assert.equal((await history(first)).status, 'COMPLETED');
  assert.equal((await history(second)).status, 'STARTED');
  const active = await opened.call('GET', '/migrate/visits/active-migration');
  assert.deepEqual([active.body.migrationId, active.body.status], [second, 'STARTED']);
  assert.equal((await opened.call('POST', `/migrate/refresh/${second}`)).status, 400, 'it is not completed');
  assert.equal((await opened.call('POST', `/migrate/visits/${second}/cancel`)).status, 202);
  await opened.app.drain();
  assert.equal((await opened.call('GET', `/migrate/visits/history/${second}`)).body.status, 'CANCELLED');
});

test('a refresh counts a completed run again', async () => {
  opened.fake.faultOf = (body) => (body.createDateTime === '2021-05-01T08:00:03' ? 'status-500' : undefined);
  const migrationId = await start();
  await opened.app.drain();
  const before = await history(migrationId);
  assert.deepEqual(
    [before.recordsMigrated, before.recordsFailed, before.recordsFailedInMigration],
    [19, 1, 1],
  );
  opened.fake.faultOf = () => undefined;
  await opened.call('PUT', '/queue-admin/retry-dlq/migration_visits_dlq');
  await opened.app.drain();
  assert.equal((await history(migrationId)).recordsMigrated, 19, 'the row is of the time of completion');
  assert.equal((await opened.call('POST', `/migrate/refresh/${migrationId}`)).status, 204);
  const after = await history(migrationId);
  assert.deepEqual([after.recordsMigrated, after.recordsFailed, after.recordsFailedInMigration], [20, 0, 0]);
});

test('a run stops itself when too many records fail', async () => {
  opened.fake.visitCount = 60;
  opened.fake.changeVisit = (visit) => ({ ...visit, visitType: { code: 'XXXX', description: '' } });
  const migrationId = await start({}, '?maxFailed=5');
  await opened.app.drain();
  const run = await history(migrationId);
  assert.equal(run.status, 'CANCELLED');
  assert.match(run.stopReason, /records failed, more than the limit of 5/);
});

test('a run whose watch was lost is looked after again', async () => {
  const migrationId = await start();
  const { jobs, db } = opened.app.app.stores[0];
  await db.pool.query("delete from pgboss.job where name = 'migration.watch_run'");
  await opened.app.drain();
  assert.equal((await history(migrationId)).status, 'STARTED');
  await jobs.enqueue(null, bindTask(sweepTask, { run: async () => undefined }), [{ payload: {} }]);
  await opened.app.drain();
  assert.equal((await history(migrationId)).status, 'COMPLETED');
});

test('mappings that their domain keeps for a while are removed when that has passed', async () => {
  const path = '/mapping/visit-balance-adjustment';
  await opened.call('POST', path, {
    nomisVisitBalanceAdjustmentId: 1,
    dpsId: 'x',
    mappingType: 'DPS_CREATED',
  });
  const { jobs, db } = opened.app.app.stores[0];
  for (const [days, status] of [
    [27, 200],
    [29, 404],
  ] as const) {
    const made = new Date(NOW.getTime() - days * 86_400_000);
    await db.pool.query('update migration.mappings set when_created = $1', [made]);
    await jobs.enqueue(null, bindTask(expireTask, { run: async () => undefined }), [{ payload: {} }]);
    await opened.app.drain();
    assert.equal((await opened.call('GET', `${path}/nomis-id/1`)).status, status, `${days} days`);
  }
});

test('batches, late answers and renewals of the same records never wait for each other in a circle', async () => {
  const { kysely, pool } = opened.app.app.stores[0].db;
  // In a table of some size the records are found one by one, in the order in which they are asked for.
  await pool.query(`insert into migration.ledger (migration_type, nomis_key, state)
    select 'VISITS', i::text, 'MAPPED' from generate_series(1000, 30000) i`);
  await pool.query('analyze migration.ledger');
  const owner = crypto.randomUUID();
  const records = Array.from({ length: 400 }, (_, nth) => ({ type: 'VISITS', key: String(nth), owner }));
  const wanted = records.map(({ key }) => ({ key, owner, migrationId: null }));
  assert.equal((await claimKeys(kysely, 'VISITS', wanted, 60)).length, 400);
  const backwards = records.toReversed();
  for (let round = 0; round < 8; round += 1) {
    await Promise.all([
      parkKeys(kysely, backwards, 60),
      markPosting(
        kysely,
        records.map((record) => ({ ...record, sourceHash: null })),
      ),
      renewParked(kysely, backwards, 60),
      markCreated(
        kysely,
        records.map((record) => ({ ...record, targetId: 'x', mapping: null })),
      ),
    ]);
  }
});

test('a queue may have a number of deliveries and a back-off of its own, and a type of event another', async () => {
  await using other = await openMigration({
    HMPPS_SQS_QUEUES_EVENTVISITS_ERROR_VISIBILITY_TIMEOUT: '0',
    HMPPS_SQS_QUEUES_EVENTVISITS_EVENT_ERROR_VISIBILITY_TIMEOUT: '{"VISIT_CANCELLED": [7, 8]}',
    HMPPS_SQS_QUEUES_MIGRATIONVISITS_DLQ_MAX_RECEIVE_COUNT: '5',
    HMPPS_SQS_QUEUES_MIGRATIONVISITS_ERROR_VISIBILITY_TIMEOUT: '0,0',
  });
  other.fake.visitCount = 1;
  other.fake.faultOf = () => 'status-500';
  await other.call('POST', '/migrate/visits', {});
  await other.app.drain();
  assert.equal(other.fake.requests.filter((line) => line === 'POST /vsip/migrate-visits').length, 5);
  const name = 'prisoner-from-nomis-migration-visits-sent-to-dlq';
  const { events: dead } = await other.app.app.stores[0].events.search({ name }, { limit: 5 });
  assert.deepEqual([dead[0]?.properties.maxReceiveCount, dead[0]?.properties.timeouts], ['5', '[0, 0]']);
  await other.call('POST', '/queues/prisoner_from_nomis_visits_queue/messages', {
    Type: 'Notification',
    Message: JSON.stringify({ visitId: 99 }),
    MessageAttributes: { eventType: { Type: 'String', Value: 'VISIT_CANCELLED' } },
  });
  await other.app.drain();
  const cancelled = { name: 'VISIT_CANCELLED-sent-to-dlq' };
  const { events } = await other.app.app.stores[0].events.search(cancelled, { limit: 5 });
  assert.equal(events[0]?.properties.timeouts, '[7, 8]');
});

test('a source without records gives a run that completes with zeros', async () => {
  opened.fake.visitCount = 0;
  const migrationId = await start();
  await opened.app.drain();
  const { status, estimatedRecordCount, recordsMigrated } = await history(migrationId);
  assert.deepEqual([status, estimatedRecordCount, recordsMigrated], ['COMPLETED', 0, 0]);
});

test('every event is written under its name and its former one', async () => {
  opened.fake.visitCount = 1;
  const migrationId = await start({ prisonIds: ['WLI', 'MDI'], fromDateTime: '2021-01-01T00:30:00' });
  await opened.app.drain();
  const started = {
    migrationId,
    estimatedCount: '1',
    prisonIds: '[WLI, MDI]',
    visitTypes: '[SCON]',
    fromDateTime: '2021-01-01T00:30',
    ignoreMissingRoom: 'false',
  };
  assert.deepEqual(await events('visits-migration-started'), [started]);
  assert.deepEqual(await events('nomis-migration-visits-started'), [started]);
  const migrated = {
    migrationId,
    prisonId: 'WLI',
    offenderNo: 'A1001ZZ',
    visitId: '1',
    vsipVisitId: 'v0001',
    startDateTime: '2021-06-02T14:00:00',
    room: 'WLI-VISITS-HALL',
  };
  assert.deepEqual(await events('visits-migration-entity-migrated'), [migrated]);
  assert.deepEqual(await events('nomis-migration-visit-migrated'), [migrated]);
  assert.deepEqual(await events('visit-created'), [
    { nomisVisitId: '1', vsipVisitId: 'v0001', batchId: migrationId },
  ]);
  assert.deepEqual(await events('visits-migration-completed'), [
    { migrationId, estimatedCount: '1', durationMinutes: '0', properties: '{}' },
  ]);
});

test('a future visit without a room is stated on each attempt, and moves once its room is mapped', async () => {
  opened.fake.visitCount = 1;
  opened.fake.changeVisit = (visit) => ({
    ...visit,
    startDateTime: '2031-06-02T14:00:00',
    endDateTime: '2031-06-02T15:30:00',
  });
  const migrationId = await start();
  await opened.app.drain();
  const missing = await events('nomis-migration-visit-no-room-mapping');
  assert.equal(missing.length, 3);
  assert.deepEqual(missing[0], {
    migrationId,
    prisonId: 'WLI',
    offenderNo: 'A1001ZZ',
    visitId: '1',
    startDateTime: '2031-06-02T14:00:00',
    agencyInternalLocation: 'WLI-VISITS-HALL',
  });
  assert.equal((await events('prisoner-from-nomis-migration-visits-sent-to-dlq')).length, 1);
  await opened.call('POST', '/prison/WLI/room-mappings', {
    vsipId: 'Main Hall',
    nomisRoomDescription: 'WLI-VISITS-HALL',
    isOpen: true,
  });
  await opened.call('PUT', '/queue-admin/retry-all-dlqs');
  await opened.app.drain();
  assert.equal(opened.fake.created[0]?.body.visitRoom, 'Main Hall');
  const active = (await opened.call('GET', '/migrate/history/active/VISITS')).body;
  assert.deepEqual([active.recordsFailedInMigration, active.recordsFailed], [0, 0]);
});

test('a purge of the queue is accounted for, so that the run still ends', async () => {
  const migrationId = await start();
  const { jobs } = opened.app.app.stores[0];
  await jobs.pause('migration.move_visits', { kind: 'system', id: 'test', name: 'test' });
  await waitUntil('every visit waits', async () => {
    await jobs.drain({ timeoutMs: 1_500 }).catch(() => undefined);
    return (await jobs.queues(['migration.move_visits']))[0]?.waiting === 20;
  });
  const purged = await opened.call('PUT', '/queue-admin/purge-queue/migration_visits_queue');
  assert.equal(purged.body.messagesFoundCount, 20);
  await jobs.resume('migration.move_visits', { kind: 'system', id: 'test', name: 'test' });
  await opened.app.drain();
  assert.equal((await history(migrationId)).status, 'COMPLETED');
  assert.deepEqual(opened.fake.created, []);
});

test('a purge before the pages are read drops them, too', async () => {
  const migrationId = await start();
  const purged = await opened.call('PUT', '/queue-admin/purge-queue/migration_visits_queue');
  assert.equal(purged.body.messagesFoundCount, 1);
  await opened.app.drain();
  assert.equal((await history(migrationId)).status, 'COMPLETED');
  assert.ok(!opened.fake.requests.some((line) => line.startsWith('POST /vsip')));
});

test('history can be narrowed by time, failures and prison, under both paths', async () => {
  await start({ prisonIds: ['WLI'] });
  await opened.app.drain();
  const list = async (path: string) => (await opened.call('GET', path)).body.length;
  assert.equal(await list('/migrate/history/all/VISITS'), 1);
  assert.equal(await list('/migrate/visits/history?prisonId=WLI'), 1);
  assert.equal(await list('/migrate/history/all/VISITS?prisonId=MDI'), 0);
  assert.equal(await list('/migrate/history/all/VISITS?includeOnlyFailures=true'), 0);
  assert.equal(await list('/migrate/history/all/VISITS?fromDateTime=2031-05-04T09:12:34'), 0);
  assert.equal(await list('/history?migrationTypes=VISITS&filterContains=WLI'), 1);
});

test('reconciling finds what differs, names the fields, and repair mends it', async () => {
  opened.fake.visitCount = 5;
  await start();
  await opened.app.drain();
  opened.fake.changeVisit = (visit) =>
    visit.visitId === 3
      ? { ...visit, visitStatus: { code: 'CANC', description: '' } }
      : nomisVisit(visit.visitId);
  const migration = opened.app.app.modules.find((running) => running.definition.name === 'migration');
  const reconcile = migration?.module.commands?.find((command) => command.name === 'reconcile');
  const status = migration?.module.commands?.find((command) => command.name === 'status');
  let isDone = false;
  const done = reconcile
    ?.run({ full: true, repair: 'all' }, () => undefined)
    .finally(() => {
      isDone = true;
    });
  // The command sends its work in its own time, and waits for it: whatever is there is done until it has come back.
  await waitUntil('the command has come back', async () => {
    await opened.app.drain();
    return isDone;
  });
  const result = (await done) as { compared: number; differences: object; repairs: number };
  assert.deepEqual([result.compared, result.differences, result.repairs], [5, { DIFFERENT: 1 }, 1]);
  await opened.app.drain();
  const cancelled = opened.fake.created.filter((visit) => visit.cancelled);
  assert.equal(cancelled.length, 1);
  assert.equal(cancelled[0]?.body.createDateTime, '2021-05-01T08:00:03');
  assert.ok(await status?.run({}, () => undefined));
});

test('undo takes back what a run made, and a later run makes it anew under another key', async () => {
  opened.fake.visitCount = 3;
  const migrationId = await start();
  await opened.app.drain();
  const commands = opened.app.app.modules.find(({ definition }) => definition.name === 'migration')?.module
    .commands;
  await commands?.find(({ name }) => name === 'undo')?.run({ migrationId, yes: true }, () => undefined);
  await opened.app.drain();
  assert.equal(opened.fake.created.filter((visit) => visit.cancelled).length, 3);
  assert.equal((await opened.call('GET', '/mapping/visits/nomisId/1')).status, 404);
  await start();
  await opened.app.drain();
  const keys = opened.fake.created.map((visit) => visit.idempotencyKey).sort();
  assert.deepEqual(keys, [
    'visits:1:1',
    'visits:1:2',
    'visits:2:1',
    'visits:2:2',
    'visits:3:1',
    'visits:3:2',
  ]);
});

test('the command names what is wrong with a filter, a type or an id, and starts nothing', async () => {
  const commands = opened.app.app.modules.find(({ definition }) => definition.name === 'migration')?.module
    .commands;
  const run = (name: string, values: Record<string, string>) =>
    commands?.find((command) => command.name === name)?.run(values, () => undefined);
  for (const [name, values, message] of [
    ['start', { filter: '{"prisonIds":"WLI"}' }, /wrong kind; it may hold prisonIds, visitTypes/],
    ['start', { filter: '{"prisonId":["WLI"]}' }, /takes prisonIds, .* and not prisonId$/],
    ['start', { filter: 'WLI' }, /must be a JSON object/],
    ['start', { type: 'VISIT_BALANCE_ADJUSTMENTS' }, /only synchronised/],
    ['start', { type: 'GUESS' }, /must be one of VISITS, /],
    ['status', {}, /no run of VISITS yet; .*migration start --type VISITS/],
    ['cancel', { migrationId: 'guess' }, /There is no migration guess/],
    ['undo', { migrationId: 'guess', yes: 'true' }, /There is no migration guess/],
    ['reconcile', { repair: 'some' }, /--repair must be all, /],
    ['cutover', { to: 'NEW', reason: 'x' }, /by way of BOTH/],
  ] as const) {
    await assert.rejects(async () => run(name, values), message);
  }
  assert.deepEqual((await opened.call('GET', '/migrate/history/all/VISITS')).body, []);
});

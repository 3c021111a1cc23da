import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type MigrationApp, openMigration } from '../testing/migration-app.ts';

let opened: MigrationApp;

before(async () => {
  opened = await openMigration({ MIGRATION_EVENT_QUEUE_ERROR_VISIBILITY_TIMEOUT: '0' });
});
beforeEach(() => opened.reset());
after(() => opened[Symbol.asyncDispose]());

function envelope(visitId: number | string, eventType = 'VISIT_CANCELLED') {
  return {
    Type: 'Notification',
    MessageId: `m-${visitId}`,
    Message: JSON.stringify({ eventType, visitId, offenderIdDisplay: 'A1001ZZ' }),
    MessageAttributes: { eventType: { Type: 'String', Value: eventType } },
  };
}

const send = (body: object) => opened.call('POST', '/queues/prisoner_from_nomis_visits_queue/messages', body);

async function migrate() {
  await opened.call('POST', '/migrate/visits', {});
  await opened.app.drain();
}

async function eventsNamed(name: string) {
  const page = await opened.app.app.stores[0].events.search({ name }, { limit: 50 });
  return page.events;
}

test('a visit cancelled in NOMIS is cancelled at the scheduler, its number given as text', async () => {
  await migrate();
  opened.fake.changeVisit = (visit) => ({
    ...visit,
    visitStatus: { code: 'CANC', description: 'Cancelled' },
    visitOutcome: { code: 'VISCANC', description: 'Visitor cancelled' },
    modifyUserId: 'QX_STAFF2',
  });
  assert.deepEqual(await send(envelope('3')), { status: 202, body: { messageId: 'm-3' } });
  await opened.app.drain();
  const visit = opened.fake.created.find((one) => one.body.createDateTime === '2021-05-01T08:00:03');
  assert.deepEqual(visit?.cancelled, {
    actionedBy: 'QX_STAFF2',
    cancelOutcome: { outcomeStatus: 'VISITOR_CANCELLED', text: 'Cancelled by NOMIS' },
  });
  const [event] = await eventsNamed('visit-cancellation-synchronisation');
  assert.deepEqual(event?.properties, {
    offenderNo: 'A1003ZZ',
    vsipId: visit?.reference,
    nomisVisitId: '3',
    vsipOutcome: 'VISITOR_CANCELLED',
  });
});

test('what the new service changed itself, and what was never migrated, is left alone', async () => {
  await migrate();
  opened.fake.changeVisit = (visit) => ({ ...visit, modifyUserId: 'PRISONER_MANAGER_API' });
  await send(envelope(3));
  opened.fake.visitCount = 30;
  await send(envelope(29));
  await opened.app.drain();
  assert.equal(
    opened.fake.created.some((visit) => visit.cancelled),
    false,
  );
  assert.equal((await opened.app.app.stores[0].jobs.failures.count({ state: 'failed' })) as number, 0);
});

test('an event that cannot be read is a dead letter at once and shown as it came', async () => {
  assert.equal((await send({ Type: 'Notification', nothing: true })).status, 202);
  await send(envelope('many'));
  await opened.app.drain();
  const letters = await opened.call(
    'GET',
    '/queue-admin/get-dlq-messages/prisoner_from_nomis_visits_dl_queue',
  );
  assert.equal(letters.body.messagesFoundCount, 2);
  assert.deepEqual(letters.body.messages[0].body, { Type: 'Notification', nothing: true });
  assert.equal((await send([1])).status, 202);
  await opened.app.drain();
  const read = async (query: string) =>
    (
      await opened.call(
        'GET',
        `/queue-admin/get-dlq-messages/prisoner_from_nomis_visits_dl_queue?maxMessages=${query}`,
      )
    ).body;
  const first = await read('2');
  assert.deepEqual([first.messagesFoundCount, first.messagesReturnedCount], [3, 2]);
  assert.deepEqual(await read('2'), first, 'a read takes nothing away');
  assert.deepEqual((await read('9')).messages[2].body, { raw: '[1]' });
  const purge = '/queue-admin/purge-queue/prisoner_from_nomis_visits_dl_queue';
  assert.deepEqual((await opened.call('PUT', purge)).body, { messagesFoundCount: 3 });
  assert.deepEqual((await opened.call('PUT', purge)).body, { messagesFoundCount: 0 });
  assert.deepEqual(
    (await eventsNamed('PurgeQueue')).map(({ properties }) => properties),
    [{ 'queue-name': 'prisoner_from_nomis_visits_dl_queue', 'messages-found': '3' }],
  );
});

test('an event for a visit that is being migrated is put back, not lost', async () => {
  await opened.call('POST', '/migrate/visits', {});
  await opened.app.drain();
  const db = opened.app.app.stores[0].db;
  const [row] = (
    await db.pool.query(
      "select dps_key from migration.mappings where nomis_key = '5' and migration_type = 'VISITS'",
    )
  ).rows;
  await db.pool.query("delete from migration.mappings where nomis_key = '5'");
  await db.pool.query(
    "update migration.ledger set state = 'CREATED', target_id = $1, owner = gen_random_uuid(), lease_until = now() + interval '1 hour' where nomis_key = '5'",
    [row.dps_key],
  );
  await send(envelope(5));
  await assert.rejects(
    opened.app.app.stores[0].jobs.drain({ timeoutMs: 300 }),
    /Jobs were still being made/,
    'the event waits',
  );
  assert.equal(
    opened.fake.created.some((visit) => visit.cancelled),
    false,
  );
});

test('an event type that is switched off or unknown is dropped', async () => {
  await send(envelope(3, 'SOMETHING_ELSE'));
  await opened.app.drain();
  assert.equal(opened.fake.requests.includes('GET /nomis/visits/3'), false);
});

test('while the new service leads, events are recorded and change nothing', async () => {
  await migrate();
  const { pool } = opened.app.app.stores[0].db;
  await pool.query("insert into migration.cutovers values ('VISITS', 'NEW', now(), 'test', 'test')");
  await send(envelope(3));
  await opened.app.drain();
  assert.equal(
    opened.fake.created.some((visit) => visit.cancelled),
    false,
  );
  assert.equal((await eventsNamed('migration.event-ignored')).length, 1);
  assert.equal((await opened.call('POST', '/migrate/visits', {})).status, 409);
});

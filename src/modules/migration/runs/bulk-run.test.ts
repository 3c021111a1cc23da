import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { FakeHmpps } from '../testing/fake-hmpps.ts';
import { type MigrationApp, openMigration } from '../testing/migration-app.ts';

let opened: MigrationApp;
let app: MigrationApp['app'];
let fake: FakeHmpps;
let call: MigrationApp['call'];

before(async () => {
  opened = await openMigration();
  ({ app, fake, call } = opened);
});
beforeEach(() => opened.reset());
after(() => opened[Symbol.asyncDispose]());

async function start(body: object = {}) {
  const { body: started, status } = await call('POST', '/migrate/visits', body);
  assert.equal(status, 202, JSON.stringify(started));
  return started as { migrationId: string };
}

async function history(migrationId: string) {
  return (await call('GET', `/migrate/history/${migrationId}`)).body;
}

/** How often the scheduler made each NOMIS visit. */
function createdTwice(): string[] {
  const counts = new Map<string, number>();
  for (const { body } of fake.created) {
    const key = `${body.prisonerId} ${body.createDateTime}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([key]) => key);
}

test('a run moves every visit once and completes by itself', async () => {
  const answer = await call('POST', '/migrate/visits', { prisonIds: ['WLI'] });
  assert.deepEqual(answer, {
    status: 202,
    body: {
      type: 'VISITS',
      migrationId: '2031-05-04T09:12:33',
      estimatedCount: 20,
      body: { prisonIds: ['WLI'], visitTypes: ['SCON'], ignoreMissingRoom: false },
      properties: {},
    },
  });
  await app.drain();
  assert.deepEqual(await history('2031-05-04T09:12:33'), {
    id: '2031-05-04T09:12:33',
    migrationId: '2031-05-04T09:12:33',
    whenStarted: '2031-05-04T09:12:33',
    whenEnded: '2031-05-04T09:12:33',
    estimatedRecordCount: 20,
    filter: '{"prisonIds":["WLI"],"visitTypes":["SCON"],"ignoreMissingRoom":false}',
    recordsMigrated: 20,
    recordsFailed: 0,
    migrationType: 'VISITS',
    status: 'COMPLETED',
    recordsFailedInMigration: 0,
    stopReason: null,
  });
  assert.equal(fake.created.length, 20);
  assert.deepEqual(createdTwice(), []);
  assert.equal(fake.created[0]?.idempotencyKey?.startsWith('visits:'), true);
  const mapping = await call('GET', '/mapping/visits/nomisId/7');
  assert.equal(mapping.body.label, '2031-05-04T09:12:33');
  assert.equal(mapping.body.mappingType, 'MIGRATED');
});

test('the filter is taken under either name, with its defaults, and passed on without what is absent', async () => {
  const counted = async (body: object) => {
    await opened.reset();
    const answer = await call('POST', '/migrate/visits', body);
    assert.equal(answer.status, 202);
    return [answer.body.body, fake.urls.find((url) => url.includes('/visits/ids'))];
  };
  assert.deepEqual(
    await counted({
      prisonIds: ['WLI', 'MDI'],
      visitTypes: null,
      fromDateTime: '2031-01-01T00:30',
      endDateTime: '2031-02-01T00:00:01',
      ignoreMissingRoom: true,
      somethingElse: 1,
    }),
    [
      {
        prisonIds: ['WLI', 'MDI'],
        visitTypes: ['SCON'],
        fromDateTime: '2031-01-01T00:30:00',
        toDateTime: '2031-02-01T00:00:01',
        ignoreMissingRoom: true,
      },
      'GET /nomis/visits/ids?prisonIds=WLI&prisonIds=MDI&visitTypes=SCON&fromDateTime=2031-01-01T00%3A30' +
        '&toDateTime=2031-02-01T00%3A00%3A01&ignoreMissingRoom=true&page=0&size=1',
    ],
  );
  assert.deepEqual(
    await counted({
      visitTypes: [],
      toDateTime: '2031-01-01T00:00:00',
      endDateTime: '2032-01-01T00:00:00',
      ignoreMissingRoom: null,
    }),
    [
      { prisonIds: [], visitTypes: [], toDateTime: '2031-01-01T00:00:00', ignoreMissingRoom: false },
      'GET /nomis/visits/ids?toDateTime=2031-01-01T00%3A00&ignoreMissingRoom=false&page=0&size=1',
    ],
  );
});

test('a start whose count fails is answered with 500 and starts nothing', async () => {
  fake.outages.add('/nomis');
  const { status, body } = await call('POST', '/migrate/visits', {});
  assert.deepEqual([status, body.status, body.errorCode, body.moreInfo], [500, 500, null, null]);
  assert.equal(typeof body.message, 'string');
  assert.deepEqual((await call('GET', '/migrate/history/all/VISITS')).body, []);
});

test('a visit that was taken without a reference in the answer is looked for, not made again', async () => {
  fake.visitCount = 2;
  fake.faultOf = (_body, attempt) => (attempt === 1 ? 'commit-without-reference' : undefined);
  const { migrationId } = await start();
  await app.drain();
  assert.deepEqual([fake.created.length, (await history(migrationId)).recordsMigrated], [2, 2]);
  assert.match((await call('GET', '/mapping/visits/nomisId/1')).body.vsipId, /^v000[12]$/);
});

test('a second run finds nothing to do', async () => {
  await start();
  await app.drain();
  const { migrationId } = await start();
  assert.equal(migrationId, '2031-05-04T09:12:34', 'the second of the first run is taken');
  const before = fake.requests.length;
  await app.drain();
  assert.equal((await history(migrationId)).status, 'COMPLETED');
  assert.equal(fake.created.length, 20);
  const asked = fake.requests.slice(before).filter((line) => !line.includes('/ids'));
  assert.deepEqual(asked, [], 'no visit is read again');
});

test('two starts at once give one run', async () => {
  const answers = await Promise.all([
    call('POST', '/migrate/visits', {}),
    call('POST', '/migrate/visits', {}),
  ]);
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [202, 409]);
  const refused = answers.find((answer) => answer.status === 409);
  assert.match(
    refused?.body.userMessage,
    /^Migration already in progress: Migration already in progress for \{/,
  );
});

test('an answer that is lost after the commit makes no second visit', async () => {
  fake.faultOf = (_body, attempt) => (attempt === 1 ? 'commit-then-reset' : undefined);
  const { migrationId } = await start();
  await app.drain();
  assert.equal((await history(migrationId)).recordsMigrated, 20);
  assert.equal(fake.created.length, 20);
});

test('a request that never arrived is looked for and then sent again', async () => {
  fake.faultOf = (_body, attempt) => (attempt === 1 ? 'reset' : undefined);
  const { migrationId } = await start();
  await app.drain();
  assert.equal((await history(migrationId)).recordsMigrated, 20);
  assert.deepEqual(createdTwice(), []);
});

test('without a way to look, an unknown outcome waits for a person and is not repeated', async () => {
  fake.canSearch = false;
  fake.visitCount = 1;
  fake.faultOf = (_body, attempt) => (attempt === 1 ? 'commit-then-reset' : undefined);
  const { migrationId } = await start();
  await app.drain();
  assert.equal((await history(migrationId)).recordsFailed, 1);
  assert.equal(fake.created.length, 1);
  const letters = await call('GET', '/migrate/dead-letter-queue/VISITS');
  assert.deepEqual(letters.body.messages[0].body, {
    type: 'MIGRATE_ENTITY',
    context: {
      type: 'VISITS',
      migrationId,
      estimatedCount: 1,
      body: { visitId: 1 },
      properties: {},
    },
  });
  fake.canSearch = true;
  assert.equal((await call('PUT', '/queue-admin/retry-dlq/migration_visits_dlq')).body.messagesFoundCount, 1);
  await app.drain();
  assert.equal(fake.created.length, 1, 'the visit is found');
  assert.equal((await call('POST', `/migrate/refresh/${migrationId}`)).status, 204);
  assert.equal((await history(migrationId)).recordsMigrated, 1);
  assert.equal((await history(migrationId)).recordsFailed, 0);
});

test('where the settings prefer a guess, what was sent twice is marked', async () => {
  await using other = await openMigration({ MIGRATION_ON_UNCERTAIN: 'retry' });
  other.fake.canSearch = false;
  other.fake.visitCount = 2;
  other.fake.faultOf = (body, attempt) =>
    attempt === 1 && String(body.createDateTime).endsWith('1') ? 'commit-then-reset' : undefined;
  await other.call('POST', '/migrate/visits', {});
  await other.app.drain();
  assert.equal(other.fake.created.length, 3);
  const { events } = await other.app.app.stores[0].events.search(
    { name: 'visits-migration-entity-migrated' },
    { limit: 10 },
  );
  const marks = events.map(({ properties }) => [properties.visitId, properties.possibleDuplicate]);
  assert.deepEqual(marks.sort(), [
    ['1', 'true'],
    ['2', undefined],
  ]);
});

test('a token that is refused is asked for anew, and the request goes out once more', async () => {
  await start();
  await app.drain();
  fake.requests.length = 0;
  fake.refusedTokens = 1;
  await start();
  assert.deepEqual(fake.requests, [
    'GET /nomis/visits/ids',
    'POST /auth/oauth/token',
    'GET /nomis/visits/ids',
  ]);
});

test('refusals with 422 are no failures, and other refusals are dead letters after three deliveries', async () => {
  fake.visitCount = 3;
  fake.faultOf = (body) => {
    if (body.createDateTime === '2021-05-01T08:00:01') return 'status-422';
    return body.createDateTime === '2021-05-01T08:00:02' ? 'status-500' : undefined;
  };
  const { migrationId } = await start();
  await app.drain();
  const run = await history(migrationId);
  assert.deepEqual([run.status, run.recordsMigrated, run.recordsFailed], ['COMPLETED', 1, 1]);
  const posts = fake.requests.filter((line) => line === 'POST /vsip/migrate-visits');
  assert.equal(posts.length, 1 + 1 + 3);
  const name = 'nomis-migration-visit-rejected';
  const { events } = await app.app.stores[0].events.search({ name }, { limit: 5 });
  assert.deepEqual(
    events.map(({ properties }) => properties),
    [
      {
        migrationId,
        prisonId: 'WLI',
        offenderNo: 'A1001ZZ',
        nomisId: '1',
        startDateTime: '2021-06-02T14:00:00',
        room: 'WLI-VISITS-HALL',
      },
    ],
  );
  assert.equal((await call('GET', '/migrate/dead-letter-queue/VISITS/count')).body, 1);
  assert.equal((await call('DELETE', '/migrate/dead-letter-queue/VISITS')).status, 204);
  assert.equal((await call('GET', '/migrate/dead-letter-queue/VISITS/count')).body, 0);
  assert.equal((await history(migrationId)).recordsFailed, 1, 'as it was when the run ended');
});

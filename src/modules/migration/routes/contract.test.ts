import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type MigrationApp, openMigration } from '../testing/migration-app.ts';

let opened: MigrationApp;
let call: MigrationApp['call'];

before(async () => {
  opened = await openMigration();
  ({ call } = opened);
});
after(() => opened[Symbol.asyncDispose]());

describe('visit mappings', () => {
  const mapping = {
    nomisId: 700123,
    vsipId: 'aa-bb-cc-dd',
    label: '2031-05-04T09:12:33',
    mappingType: 'MIGRATED',
  };

  test('are created once, and an identical pair changes nothing', async () => {
    assert.deepEqual(await call('POST', '/mapping/visits', mapping), { status: 201, body: undefined });
    assert.equal((await call('POST', '/mapping/visits', { ...mapping, label: 'other' })).status, 201);
    const { body } = await call('GET', '/mapping/visits/vsipId/aa-bb-cc-dd');
    assert.equal(body.label, '2031-05-04T09:12:33');
    assert.deepEqual(Object.keys(body), ['nomisId', 'vsipId', 'label', 'mappingType', 'whenCreated']);
  });

  test('answer 409 with both rows for another id', async () => {
    const { status, body } = await call('POST', '/mapping/visits', { ...mapping, vsipId: 'zz' });
    assert.equal(status, 409);
    assert.equal(body.errorCode, 1409);
    assert.equal(body.status, '409 CONFLICT');
    assert.equal(body.moreInfo.existing.vsipId, 'aa-bb-cc-dd');
    assert.equal(body.moreInfo.duplicate.vsipId, 'zz');
    assert.match(
      body.userMessage,
      /^Conflict: Visit mapping already exists\.\nExisting mapping: VisitMappingDto\(nomisId=700123, vsipId=aa-bb-cc-dd,/,
    );
    const other = await call('POST', '/mapping/visits', { ...mapping, nomisId: 1 });
    assert.equal(other.body.moreInfo.existing.nomisId, 700123);
  });

  test('answer under the path of before September 2022', async () => {
    assert.equal(
      (await call('POST', '/mapping', { nomisId: 5, vsipId: 'old', mappingType: 'ONLINE' })).status,
      201,
    );
    assert.equal((await call('GET', '/mapping/nomisId/5')).body.vsipId, 'old');
  });

  test('come in pages of the framework', async () => {
    const { body } = await call('GET', '/mapping/visits/migration-id/2031-05-04T09:12:33?size=1');
    assert.equal(body.totalElements, 1);
    assert.equal(body.content.length, 1);
    assert.equal(body.pageable.pageSize, 1);
  });

  for (const bad of [
    { vsipId: 'x', mappingType: 'MIGRATED' },
    { nomisId: 'many', vsipId: 'x', mappingType: 'MIGRATED' },
    { nomisId: 9, vsipId: '', mappingType: 'MIGRATED' },
    { nomisId: 9, vsipId: 'x'.repeat(41), mappingType: 'MIGRATED' },
    { nomisId: 9, vsipId: 'x', mappingType: 'GUESSED' },
    { nomisId: 9, vsipId: 'x', mappingType: 'MIGRATED', label: 'x'.repeat(21) },
    { nomisId: 1.5, vsipId: 'x', mappingType: 'MIGRATED' },
  ]) {
    test(`refuse ${JSON.stringify(bad).slice(0, 70)}`, async () => {
      const { status, body } = await call('POST', '/mapping/visits', bad);
      assert.equal(status, 400);
      assert.match(body.userMessage, /^Validation failure: /);
    });
  }

  test('are deleted by migration and all together', async () => {
    assert.equal((await call('DELETE', '/mapping/visits/migration-id/2031-05-04T09:12:33')).status, 204);
    assert.deepEqual((await call('GET', '/mapping/visits/nomisId/700123')).body, {
      status: 404,
      errorCode: null,
      userMessage: 'Not Found: NOMIS visit id=700123',
      developerMessage: 'NOMIS visit id=700123',
      moreInfo: null,
    });
    await call('DELETE', '/mapping/visits?onlyMigrated=true');
    assert.equal((await call('GET', '/mapping/visits/nomisId/5')).status, 200);
    await call('DELETE', '/mapping/visits');
    assert.equal((await call('GET', '/mapping/visits/nomisId/5')).status, 404);
  });
});

describe('rooms', () => {
  const path = '/prison/WLI/room-mappings';
  const room = { vsipId: 'Main Hall', nomisRoomDescription: 'WLI-VISITS/HALL A', isOpen: true };

  test('are mapped, found with slashes and spaces in their names, refused twice, and removed', async () => {
    assert.equal((await call('POST', path, room)).status, 201);
    const found = await call('GET', '/prison/WLI/room/nomis-room-id/WLI-VISITS%2FHALL%20A');
    assert.deepEqual(found.body, { ...room, prisonId: 'WLI' });
    const again = await call('POST', path, room);
    assert.equal(again.status, 400);
    assert.match(again.body.userMessage, /^Validation failure: Visit room mapping for prison WLI/);
    assert.equal((await call('GET', path)).body.length, 1);
    const one = '/prison/WLI/room-mappings/nomis-room-id/WLI-VISITS%2FHALL%20A';
    assert.equal((await call('DELETE', one)).status, 204);
    assert.equal((await call('DELETE', one)).status, 204);
    assert.deepEqual((await call('GET', path)).body, []);
  });

  test('usage is sorted and names the mapped room', async () => {
    await call('POST', path, { ...room, nomisRoomDescription: 'WLI-VISITS-HALL' });
    assert.deepEqual((await call('GET', '/migrate/visits/rooms/usage')).body, [
      { agencyInternalLocationDescription: 'HEI-VISITS', count: 2, prisonId: 'HEI' },
      { agencyInternalLocationDescription: 'WLI-VISITS-ANNEX', count: 4, prisonId: 'WLI' },
      {
        agencyInternalLocationDescription: 'WLI-VISITS-HALL',
        count: 37,
        vsipRoom: 'Main Hall',
        prisonId: 'WLI',
      },
    ]);
  });
});

describe('access', () => {
  const inject = (headers: Record<string, string>) =>
    opened.app.module('migration').inject({ method: 'POST', url: '/migrate/visits', headers, payload: {} });

  test('401 with an empty body without a good token', async () => {
    for (const headers of [{}, { authorization: 'Bearer x.y.z' }, { authorization: 'Basic eDp5' }]) {
      const answer = await inject(headers as Record<string, string>);
      assert.equal(answer.statusCode, 401);
      assert.equal(answer.body, '');
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
    }
  });

  test('403 with the error body without a role', async () => {
    const answer = await inject({ authorization: `Bearer ${await opened.fake.token('ROLE_OTHER')}` });
    assert.equal(answer.statusCode, 403);
    assert.deepEqual(answer.json(), {
      status: 403,
      errorCode: null,
      userMessage: null,
      developerMessage: null,
      moreInfo: null,
    });
  });
});

describe('requests that are wrong', () => {
  for (const [body, status] of [
    [{ prisonIds: 'WLI' }, 400],
    [{ fromDateTime: 'yesterday' }, 400],
    [{ toDateTime: '2031-02-30T00:00:00' }, 400],
    [{ ignoreMissingRoom: 'perhaps' }, 400],
  ] as const) {
    test(`${JSON.stringify(body)} is answered with ${status} and starts nothing`, async () => {
      const answer = await call('POST', '/migrate/visits', body);
      assert.equal(answer.status, status);
      assert.match(answer.body.userMessage, /^Validation failure: /);
      assert.deepEqual((await call('GET', '/migrate/history/all/VISITS')).body, []);
    });
  }

  test('another content type is answered with 415', async () => {
    const answer = await opened.app.module('migration').inject({
      method: 'POST',
      url: '/migrate/visits',
      headers: {
        authorization: `Bearer ${await opened.fake.token('ROLE_MIGRATE_VISITS')}`,
        'content-type': 'text/plain',
      },
      payload: 'x',
    });
    assert.equal(answer.statusCode, 415);
  });

  test('unknown names are answered with 400 or 404', async () => {
    assert.equal((await call('GET', '/migrate/history/all/NOTHING')).status, 400);
    assert.equal((await call('GET', '/migrate/history/2031-01-01T00:00:00')).status, 404);
    assert.equal((await call('POST', '/migrate/cancel/2031-01-01T00:00:00')).status, 404);
    assert.equal((await call('PUT', '/queue-admin/retry-dlq/none')).body.message, 'none not found');
    assert.equal((await call('PUT', '/queue-admin/purge-queue/audit_queue')).status, 404);
  });
});

test('progress of a type without runs has counts only', async () => {
  assert.deepEqual((await call('GET', '/migrate/history/active/VISITS')).body, {
    recordsMigrated: null,
    toBeProcessedCount: 0,
    beingProcessedCount: 0,
    recordsFailed: 0,
    migrationId: null,
    whenStarted: null,
    estimatedRecordCount: null,
    migrationType: null,
    status: null,
  });
});

test('health shows queues and upstreams as dashboards read them', async () => {
  const { status, body } = await call('GET', '/health');
  assert.equal(status, 503, 'the adjustments API is not among the fake systems');
  assert.deepEqual(body.components['migrationvisits-health'].details.queueName, 'migration_visits_queue');
  assert.equal(body.components.visitsApi.details.HttpStatus, '200 OK');
  assert.equal((await call('GET', '/info')).body.build.name, 'hmpps-prisoner-from-nomis-migration');
  assert.equal((await call('GET', '/health/ping')).body.status, 'UP');
});

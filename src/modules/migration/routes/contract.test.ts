import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALL_ROLES, type MigrationApp, openMigration } from '../testing/migration-app.ts';

let opened: MigrationApp;
let call: MigrationApp['call'];

before(async () => {
  opened = await openMigration({ MIGRATION_ROLES_MIGRATE: 'ROLE_OF_THIS_DEPLOYMENT' });
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

  test('of one visit that are made at once leave one, and the other is told of it', async () => {
    const one = (vsipId: string) => ({ nomisId: 8_000, vsipId, mappingType: 'ONLINE' });
    const answers = await Promise.all(
      ['a1', 'a2', 'a3'].map((id) => call('POST', '/mapping/visits', one(id))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]);
    const { vsipId } = (await call('GET', '/mapping/visits/nomisId/8000')).body;
    for (const { status, body } of answers) {
      if (status === 409) assert.equal(body.moreInfo.existing.vsipId, vsipId);
    }
  });

  test('the newest migrated is known under both paths', async () => {
    for (const path of ['/mapping/visits/migrated/latest', '/mapping/migrated/latest']) {
      assert.equal((await call('GET', path)).body.nomisId, 700123);
    }
    const none = await call('GET', '/mapping/sentencing/adjustments/migrated/latest');
    assert.deepEqual([none.status, none.body.userMessage], [404, 'Not Found: No migrated mapping found']);
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

describe('mappings of several records', () => {
  const note = (id: number, dpsCaseNoteId: string, offenderNo = 'A0001AA') => ({
    nomisCaseNoteId: id,
    dpsCaseNoteId,
    offenderNo,
    nomisBookingId: 7,
    mappingType: 'MIGRATED',
    label: '2031-01-01T00:00:00',
  });
  const ownerOf = async (id: number) =>
    (await call('GET', `/mapping/casenotes/nomis-casenote-id/${id}`)).body.offenderNo;

  test('are made all or none, counted, listed and grouped', async () => {
    assert.equal((await call('POST', '/mapping/casenotes/batch', [note(1, 'a'), note(2, 'a')])).status, 201);
    const clash = await call('POST', '/mapping/casenotes/batch', [note(3, 'c'), note(2, 'b')]);
    assert.deepEqual([clash.status, clash.body.errorCode], [409, 1409]);
    assert.equal((await call('GET', '/mapping/casenotes/nomis-casenote-id/3')).status, 404);
    assert.equal((await call('POST', '/mapping/casenotes/batch', { no: 'list' })).status, 400);
    const listed = await call('POST', '/mapping/casenotes/nomis-casenote-id', [1, 2, 3]);
    assert.equal(listed.body.length, 2);
    assert.equal((await call('POST', '/mapping/casenotes/nomis-casenote-id', ['x'])).status, 400);
    const shared = await call('GET', '/mapping/casenotes/dps-casenote-id/a/all');
    assert.deepEqual(
      shared.body.map(({ nomisCaseNoteId }: { nomisCaseNoteId: number }) => nomisCaseNoteId),
      [1, 2],
    );
    const migration = '/mapping/casenotes/migration-id/2031-01-01T00:00:00';
    assert.equal((await call('GET', `${migration}/count`)).body, 2);
    const grouped = (await call('GET', `${migration}/grouped-by-prisoner`)).body;
    assert.deepEqual(
      [grouped.totalElements, grouped.content[0].offenderNo, grouped.content[0].mappingsCount],
      [1, 'A0001AA', 2],
    );
  });

  test('go to another prisoner after a merge or with a booking', async () => {
    await call('PUT', '/mapping/casenotes/merge/from/A0001AA/to/B0001BB');
    assert.equal(await ownerOf(1), 'B0001BB');
    await call('PUT', '/mapping/casenotes/move-booking/7/from/A0001AA/to/C0001CC');
    assert.equal(await ownerOf(1), 'B0001BB', 'they are no longer of that prisoner');
    await call('PUT', '/mapping/casenotes/move-booking/7/from/B0001BB/to/C0001CC');
    const moved = await call('PUT', '/mapping/casenotes/merge/booking-id/7/to/D0001DD');
    assert.equal(moved.body.length, 2);
    assert.equal(await ownerOf(2), 'D0001DD');
  });

  test('of one prisoner are replaced, and those of two who became one', async () => {
    const alert = (nomisAlertSequence: number) => ({
      nomisBookingId: 7,
      nomisAlertSequence,
      dpsAlertId: `alert-${nomisAlertSequence}`,
    });
    const all = (...sequences: number[]) => ({
      mappingType: 'NOMIS_CREATED',
      mappings: sequences.map(alert),
    });
    const of = '/mapping/alerts/nomis-booking-id/7/nomis-alert-sequence';
    assert.equal((await call('POST', '/mapping/alerts/A0001AA/all', all(1, 2))).status, 201);
    assert.equal((await call('PUT', '/mapping/alerts/A0001AA/all', all(2, 3))).status, 200);
    assert.equal((await call('GET', `${of}/1`)).status, 404);
    assert.equal((await call('GET', `${of}/3`)).body.offenderNo, 'A0001AA');
    const merged = { removedOffenderNo: 'A0001AA', prisonerMapping: all(3) };
    assert.equal((await call('PUT', '/mapping/alerts/B0001BB/merge', merged)).status, 200);
    assert.equal((await call('GET', `${of}/2`)).status, 404);
    assert.equal((await call('GET', `${of}/3`)).body.offenderNo, 'B0001BB');
    assert.equal((await call('PUT', '/mapping/alerts/B0001BB/merge', {})).status, 400);
  });

  test('locations are looked up by any service that may', async () => {
    const mapping = { nomisLocationId: 25, dpsLocationId: 'loc-25', mappingType: 'MIGRATED' };
    await call('POST', '/mapping/locations', mapping);
    const token = await opened.fake.token('ROLE_NOMIS_DPS_MAPPING__LOCATIONS__R');
    const look = async (method: 'GET' | 'POST', url: string, payload?: object) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await opened.app
        .module('migration')
        .inject({ method, url, headers, ...(payload && { payload }) });
      return [answer.statusCode, answer.statusCode === 200 ? answer.json() : undefined];
    };
    const both = { dpsLocationId: 'loc-25', nomisLocationId: 25 };
    assert.deepEqual(await look('GET', '/api/locations/nomis/25'), [200, both]);
    assert.deepEqual(await look('GET', '/api/locations/dps/loc-25'), [200, both]);
    assert.deepEqual(await look('POST', '/api/locations/nomis', [25, 26]), [200, [both]]);
    assert.deepEqual(await look('GET', '/api/locations/nomis/26'), [404, undefined]);
    assert.deepEqual(await look('GET', '/mapping/locations/nomis/25'), [403, undefined]);
  });
});

describe('adjustment mappings', () => {
  const PATH = '/mapping/sentencing/adjustments';
  const mapping = {
    nomisAdjustmentId: 1,
    nomisAdjustmentCategory: 'SENTENCE',
    adjustmentId: 'adjustment-1',
    mappingType: 'NOMIS_CREATED',
  };

  test('are looked for by the id of the new service first, and told of when they are made', async () => {
    assert.equal((await call('POST', PATH, mapping)).status, 201);
    assert.equal((await call('POST', PATH, mapping)).status, 201);
    await call('POST', PATH, { ...mapping, nomisAdjustmentId: 2, adjustmentId: 'adjustment-2' });
    const clash = await call('POST', PATH, { ...mapping, adjustmentId: 'adjustment-2' });
    assert.equal(clash.status, 409);
    assert.match(clash.body.userMessage, /^Conflict: Sentence adjustment mapping already exists\./);
    assert.equal(clash.body.moreInfo.existing.nomisAdjustmentId, 2, 'both ids are taken; this one counts');
    const [made] = (
      await opened.app.app.stores[0].events.search(
        { name: 'sentence-adjustment-mapping-created', order: 'oldest' },
        { limit: 5 },
      )
    ).events;
    assert.deepEqual(made?.properties, {
      nomisAdjustmentId: '1',
      nomisAdjustmentCategory: 'SENTENCE',
      adjustmentId: 'adjustment-1',
      batchId: '',
    });
  });

  test('have two categories, each with ids of its own', async () => {
    const pair = (category: string) => `${PATH}/nomis-adjustment-category/${category}/nomis-adjustment-id/1`;
    const found = (await call('GET', pair('SENTENCE'))).body;
    assert.deepEqual(Object.keys(found).sort(), [
      'adjustmentId',
      'mappingType',
      'nomisAdjustmentCategory',
      'nomisAdjustmentId',
      'whenCreated',
    ]);
    assert.equal((await call('GET', pair('KEY-DATE'))).status, 404);
    assert.equal((await call('GET', pair('OTHER'))).status, 400);
    assert.equal((await call('POST', PATH, { ...mapping, nomisAdjustmentCategory: 'OTHER' })).status, 400);
    assert.equal((await call('GET', PATH)).body.totalElements, 2);
  });

  test('are deleted one by one, whether they are there or not', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      assert.equal((await call('DELETE', `${PATH}/adjustment-id/adjustment-1`)).status, 204);
    }
    assert.equal((await call('GET', `${PATH}/adjustment-id/adjustment-1`)).status, 404);
    assert.equal((await call('DELETE', PATH)).status, 204);
    assert.equal((await call('GET', PATH)).body.totalElements, 0);
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
    const told = await opened.app.app.stores[0].events.search(
      { module: 'migration', order: 'oldest' },
      { limit: 50 },
    );
    assert.deepEqual(
      told.events
        .filter(({ name }) => name.startsWith('visit-room'))
        .map(({ name, properties }) => [name, properties]),
      ['created', 'deleted'].map((what) => [
        `visit-room-mapping-${what}`,
        { ...room, prisonId: 'WLI', isOpen: 'true' },
      ]),
    );
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

test('roles of today and of the seed open what they opened, and no more', async () => {
  const statusWith = async (role: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${await opened.fake.token(role)}` };
    const request = { method, url, headers, ...(payload && { payload }) };
    return (await opened.app.module('migration').inject(request)).statusCode;
  };
  const visit = { nomisId: 1, vsipId: 'x', mappingType: 'ONLINE' };
  for (const role of ['ADMIN_NOMIS', 'NOMIS_VISITS', 'NOMIS_MAPPING_API__SYNCHRONISATION__RW']) {
    assert.equal(await statusWith(`ROLE_${role}`, 'POST', '/mapping', visit), 201, role);
  }
  const adjustments = '/mapping/sentencing/adjustments';
  assert.equal(await statusWith('ROLE_NOMIS_SENTENCING', 'GET', adjustments), 200);
  assert.equal(await statusWith('ROLE_NOMIS_VISITS', 'GET', adjustments), 403);
  for (const role of ['ROLE_QUEUE_ADMIN', 'ROLE_SYSCON__QUEUE_ADMIN']) {
    assert.equal(await statusWith(role, 'PUT', '/queue-admin/retry-dlq/migration_visits_dlq'), 200, role);
  }
  assert.equal(await statusWith('ROLE_MIGRATE_VISITS', 'PUT', '/queue-admin/retry-all-dlqs'), 403);
  const repair = '/prisoners/booking-id/1/merge/sentencing-adjustments/repair';
  assert.equal(await statusWith('ROLE_MIGRATE_VISITS', 'POST', repair), 403);
  for (const role of ['ROLE_NOMIS_VISITS', 'ROLE_NOMIS_DPS_MAPPING__VISITS__RW']) {
    assert.equal(await statusWith(role, 'GET', '/prison/WLI/room-mappings'), 200, role);
  }
  const open = ['/health/ping', '/health/liveness', '/health/readiness', '/info', '/v3/api-docs'];
  for (const url of open)
    assert.equal((await opened.app.module('migration').inject({ url })).statusCode, 200);
});

test('the roles are settings, beside which each domain has one of its own', async () => {
  const statusFor = async (...roles: string[]) => {
    const headers = { authorization: `Bearer ${await opened.fake.token(...roles)}` };
    const url = '/migrate/history/all/VISITS';
    return (await opened.app.module('migration').inject({ method: 'GET', url, headers })).statusCode;
  };
  assert.equal(await statusFor('ROLE_OF_THIS_DEPLOYMENT'), 200);
  assert.equal(await statusFor('ROLE_MIGRATE_VISITS'), 200);
  assert.equal(await statusFor('ROLE_PRISONER_FROM_NOMIS__MIGRATION__RW'), 403);
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

  test('no nonsense in paths, queries or bodies is answered with 500', async () => {
    const document = (await opened.app.module('migration').inject({ url: '/v3/api-docs' })).json();
    const token = await opened.fake.token(...ALL_ROLES);
    const faults: string[] = [];
    const nul = String.fromCharCode(0);
    const words = ['1', '%00', '%f0', 'a%2Fb', '9'.repeat(30)];
    const query = `?page=-1&size=x&sort=,&fromDateTime=%00&migrationTypes=%00&prisonIds=%00&filterContains=%00`;
    const bodies = [
      '',
      'null',
      '{"a":',
      '[1,null,{}]',
      JSON.stringify({ nomisId: 1, vsipId: nul, nomisRoomDescription: nul, mappingType: 'MIGRATED' }),
      JSON.stringify({ prisonIds: [nul], removedOffenderNo: nul, mappings: [], mappingType: 'MIGRATED' }),
      JSON.stringify([{ nomisCaseNoteId: 1, dpsCaseNoteId: nul, offenderNo: {}, mappingType: 'MIGRATED' }]),
    ];
    for (const [path, operations] of Object.entries<object>(document.paths)) {
      // What is read from other systems while it is answered may be answered with their failure.
      if (/health|repair|resynchronise|rooms.usage/.test(path)) continue;
      for (const method of Object.keys(operations) as ('get' | 'post' | 'put' | 'delete')[]) {
        const hasBody = method === 'post' || method === 'put';
        for (const [nth, word] of path.includes('{') ? words.entries() : [[0, '1'] as const]) {
          for (const payload of hasBody ? (nth === 0 ? bodies : ['{}']) : [undefined]) {
            const url = `${path.replace(/\{[^}]+\}/g, word)}${nth % 2 === 0 ? '' : query}`;
            const answer = await opened.app.module('migration').inject({
              method,
              url,
              headers: {
                authorization: `Bearer ${token}`,
                ...(hasBody ? { 'content-type': 'application/json' } : {}),
              },
              ...(payload === undefined ? {} : { payload }),
            });
            if (answer.statusCode >= 500) faults.push(`${method} ${url} ${payload ?? ''}`);
          }
        }
      }
    }
    await opened.reset();
    assert.deepEqual(faults, []);
  });

  test('a body that is no JSON is answered with 400', async () => {
    const headers = {
      authorization: `Bearer ${await opened.fake.token(...ALL_ROLES)}`,
      'content-type': 'application/json',
    };
    const request = { method: 'POST', url: '/mapping/visits', headers, payload: '{"nomisId":' } as const;
    const answer = await opened.app.module('migration').inject(request);
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json().userMessage, /^Validation failure: /);
  });

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
  assert.deepEqual(body.components['audit-health'].details.queueName, 'audit_queue');
  assert.equal(body.components.visitsApi.details.HttpStatus, '200 OK');
  assert.equal((await call('GET', '/info')).body.build.name, 'hmpps-prisoner-from-nomis-migration');
  assert.equal((await call('GET', '/health/ping')).body.status, 'UP');
});

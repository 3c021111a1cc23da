import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestSimulators, type TestSimulators } from '../testing/simulators.ts';

type Body = Record<string, unknown>;

describe('target simulators', () => {
  let simulators: TestSimulators;
  before(async () => {
    simulators = await startTestSimulators({ visits: 1 });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(async () => {
    for (const name of ['locations', 'alerts', 'casenotes', 'visit-balance']) {
      await fetch(`${simulators.url}/${name}/data`, { method: 'DELETE' });
    }
  });

  const send = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await simulators.call(path, {
      method,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    return { status: answer.status, body: answer.body as Body };
  };
  const audit = async (name: string) => (await simulators.call(`/${name}/audit`)).body as Body[];

  it('makes, updates and deletes locations beneath each other', async () => {
    const location = {
      prisonId: 'MDI',
      code: 'A',
      locationType: 'WING',
      lastUpdatedBy: 'X',
      isDeactivated: false,
    };
    const wing = await send('POST', '/locations/sync/upsert', location);
    assert.equal(wing.status, 201);
    const cell = { ...location, code: '001', locationType: 'CELL', parentId: wing.body.id };
    const made = await send('POST', '/locations/sync/upsert', cell);
    assert.equal(made.body.key, 'MDI-A-001');
    const update = await send('POST', '/locations/sync/upsert', {
      ...cell,
      id: made.body.id,
      comments: 'New',
    });
    assert.deepEqual([update.status, update.body.comments], [200, 'New']);
    assert.equal((await send('GET', '/locations/locations/key/MDI-A-001')).body.id, made.body.id);
    assert.equal((await send('DELETE', `/locations/sync/delete/${made.body.id}`)).status, 204);
    assert.equal((await send('DELETE', `/locations/sync/delete/${made.body.id}`)).status, 404);
    const orphan = { ...cell, parentId: '00000000-0000-4000-8000-000000000000' };
    assert.equal((await send('POST', '/locations/sync/upsert', orphan)).status, 404);
    for (const wrong of [{ locationType: 'HUT' }, { prisonId: 'OUT' }, { deactivationReason: 'A' }]) {
      assert.equal((await send('POST', '/locations/sync/upsert', { ...location, ...wrong })).status, 400);
    }
    assert.deepEqual(await audit('locations'), [
      { id: 'MDI-A', created: 1, changed: 0, deleted: 0 },
      { id: 'MDI-A-001', created: 1, changed: 1, deleted: 1 },
    ]);
  });

  it('takes an alert code twice from NOMIS alone, and replaces all alerts of a prisoner', async () => {
    const alert = { alertCode: 'XEL', activeFrom: '2031-01-01' };
    const nomis = { source: 'NOMIS' };
    const path = '/alerts/prisoners/A1234BC/alerts';
    const { body } = await send('POST', path, alert, nomis);
    assert.equal((await send('POST', path, alert)).status, 409);
    assert.equal((await send('POST', path, alert, nomis)).status, 201);
    const updated = await send('PUT', `/alerts/alerts/${body.alertUuid}`, {
      description: 'More',
      activeTo: null,
    });
    assert.deepEqual([updated.status, updated.body.description], [200, 'More']);
    const all = [
      {
        ...alert,
        offenderBookId: 1,
        alertSeq: 2,
        createdAt: '2031-01-01T10:00:00',
        createdBy: 'X',
        createdByDisplayName: 'X',
        isActive: true,
      },
    ];
    const resync = await send('POST', '/alerts/resync/A1234BC/alerts', all);
    assert.equal(resync.status, 201);
    const [made] = resync.body as unknown as Body[];
    assert.deepEqual([made?.offenderBookId, made?.alertSeq], [1, 2]);
    assert.equal((await send('GET', `/alerts/alerts/${body.alertUuid}`)).status, 404);
    assert.equal((await send('GET', `/alerts/alerts/${made?.alertUuid}`)).status, 200);
    assert.equal((await send('DELETE', `/alerts/alerts/${body.alertUuid}`)).status, 204);
    assert.equal((await send('POST', path, { alertCode: '' }, nomis)).status, 400);
  });

  it('updates a case note that comes with its id, makes any other, and moves notes', async () => {
    const note = {
      legacyId: 5,
      personIdentifier: 'A1234BC',
      locationId: 'MDI',
      type: 'GEN',
      subType: 'OSE',
      occurrenceDateTime: '2031-01-01T10:00:00',
      text: 'Text',
      systemGenerated: false,
      author: { username: 'X' },
      createdDateTime: '2031-01-01T10:00:00',
      createdByUsername: 'X',
      amendments: [],
    };
    const made = await send('PUT', '/casenotes/sync/case-notes', note);
    assert.deepEqual([made.status, made.body.action, made.body.legacyId], [201, 'CREATED', 5]);
    const update = { ...note, id: made.body.id };
    const again = await send('PUT', '/casenotes/sync/case-notes', update);
    assert.deepEqual([again.status, again.body.action, again.body.id], [200, 'UPDATED', made.body.id]);
    const second = await send('PUT', '/casenotes/sync/case-notes', note);
    assert.deepEqual([second.status, second.body.id === made.body.id], [201, false]);
    const move = {
      fromPersonIdentifier: 'A1234BC',
      toPersonIdentifier: 'B1234BC',
      caseNoteIds: [made.body.id],
    };
    assert.equal((await send('PUT', '/casenotes/move/case-notes', move)).status, 200);
    assert.equal((await send('GET', `/casenotes/case-notes/B1234BC/${made.body.id}`)).status, 200);
    assert.equal((await send('DELETE', `/casenotes/sync/case-notes/${made.body.id}`)).status, 204);
    assert.equal((await send('DELETE', `/casenotes/sync/case-notes/${made.body.id}`)).status, 204);
    assert.equal((await send('PUT', '/casenotes/sync/case-notes', { ...note, text: '' })).status, 400);
    assert.deepEqual(await audit('casenotes'), [{ id: '5', created: 2, changed: 2, deleted: 1 }]);
  });

  it('sets a balance as often as it is told, and adds every change', async () => {
    const path = '/visit-balance/visits/allocation/prisoner';
    const balance = { prisonerId: 'A1234BC', voBalance: 5, pvoBalance: 1 };
    for (const _ of [1, 2]) assert.equal((await send('POST', `${path}/migrate`, balance)).status, 200);
    const change = {
      prisonerId: 'A1234BC',
      changeToVoBalance: -2,
      createdDate: '2031-01-01',
      adjustmentReasonCode: 'GOV',
      changeLogSource: 'STAFF',
    };
    assert.equal((await send('POST', `${path}/sync`, change)).status, 200);
    assert.deepEqual((await send('GET', `${path}/A1234BC/balance`)).body, { ...balance, voBalance: 3 });
    assert.equal((await send('GET', `${path}/B1234BC/balance`)).status, 404);
    assert.equal((await send('POST', `${path}/sync`, { ...change, adjustmentReasonCode: 'X' })).status, 400);
    assert.deepEqual(await audit('visit-balance'), [{ id: 'A1234BC', created: 1, changed: 2, deleted: 0 }]);
  });
});

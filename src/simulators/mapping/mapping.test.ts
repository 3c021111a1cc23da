import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestSimulators, type TestSimulators } from '../testing/simulators.ts';

describe('mapping simulator', () => {
  let simulators: TestSimulators;
  before(async () => {
    simulators = await startTestSimulators({ visits: 1, now: () => new Date('2031-05-04T08:00:00Z') });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/mapping/data`, { method: 'DELETE' }));

  const send = (method: string, path: string, body?: unknown) =>
    simulators.call(`/mapping${path}`, { method, ...(body === undefined ? {} : { body }) });
  const visit = (nomisId: number, vsipId: string, label: string | null = '2031-05-04T09:00:00') =>
    send('POST', '/mapping/visits', { nomisId, vsipId, label, mappingType: 'MIGRATED' });

  it('gives the mappings of a prisoner or a booking to another prisoner', async () => {
    const note = { nomisCaseNoteId: 1, dpsCaseNoteId: 'a', nomisBookingId: 7, offenderNo: 'A1' };
    await send('POST', '/mapping/casenotes', { ...note, mappingType: 'MIGRATED' });
    const owner = async () =>
      ((await send('GET', '/mapping/casenotes/nomis-casenote-id/1')).body as { offenderNo: string })
        .offenderNo;
    await send('PUT', '/mapping/casenotes/merge/from/A1/to/B1');
    assert.equal(await owner(), 'B1');
    await send('PUT', '/mapping/casenotes/merge/booking-id/7/to/C1');
    assert.equal(await owner(), 'C1');
  });

  it('creates once, takes the same pair again and refuses another', async () => {
    assert.equal((await visit(1, 'aa')).status, 201);
    assert.equal((await visit(1, 'aa', null)).status, 201);
    const refused = await visit(1, 'bb', null);
    assert.equal(refused.status, 409);
    const body = refused.body as {
      moreInfo: unknown;
      status: string;
      errorCode: number;
      userMessage: string;
    };
    assert.deepEqual([body.status, body.errorCode], ['409 CONFLICT', 1409]);
    assert.match(
      body.userMessage,
      /^Conflict: Visit mapping already exists\.\nExisting mapping: VisitMappingDto\(/,
    );
    const existing = {
      nomisId: 1,
      vsipId: 'aa',
      mappingType: 'MIGRATED',
      label: '2031-05-04T09:00:00',
      whenCreated: '2031-05-04T09:00:00',
    };
    assert.deepEqual(body.moreInfo, {
      duplicate: { nomisId: 1, vsipId: 'bb', label: null, mappingType: 'MIGRATED' },
      existing,
    });
    assert.equal((await visit(2, 'aa')).status, 409);
    assert.deepEqual((await send('GET', '/mapping/visits/nomisId/1')).body, existing);
    assert.deepEqual((await send('GET', '/mapping/visits/vsipId/aa')).body, existing);
    assert.equal((await send('GET', '/mapping/visits/nomisId/2')).status, 404);
    assert.equal((await send('POST', '/mapping/visits', { nomisId: 3 })).status, 400);
  });

  it('counts by migration and deletes by it', async () => {
    for (const id of [1, 2, 3]) await visit(id, `v${id}`, id === 3 ? 'other' : 'mine');
    const page = (await send('GET', '/mapping/visits/migration-id/mine?size=1')).body as {
      totalElements: number;
      content: unknown[];
    };
    assert.deepEqual([page.totalElements, page.content.length], [2, 1]);
    assert.equal((await send('DELETE', '/mapping/visits/migration-id/mine')).status, 204);
    assert.equal((await send('GET', '/mapping/visits/nomisId/1')).status, 404);
    assert.equal((await send('GET', '/mapping/visits/nomisId/3')).status, 200);
    assert.equal((await visit(1, 'v9')).status, 201);
    assert.deepEqual(
      ((await simulators.call('/mapping/audit')).body as { id: string }[]).find(({ id }) =>
        id.endsWith('/1'),
      ),
      { id: '/mapping/visits/1', created: 2, changed: 0, deleted: 1 },
    );
  });

  it('has keys of several parts and notes that share one of the new service', async () => {
    const adjustment = { nomisAdjustmentId: 5, adjustmentId: 'u1', mappingType: 'NOMIS_CREATED' };
    for (const [nomisAdjustmentCategory, adjustmentId] of [
      ['SENTENCE', 'u1'],
      ['KEY-DATE', 'u2'],
    ]) {
      const body = { ...adjustment, nomisAdjustmentCategory, adjustmentId };
      assert.equal((await send('POST', '/mapping/sentencing/adjustments', body)).status, 201);
    }
    const path = '/mapping/sentencing/adjustments/nomis-adjustment-category/KEY-DATE/nomis-adjustment-id/5';
    assert.equal(((await send('GET', path)).body as { adjustmentId: string }).adjustmentId, 'u2');
    await send('DELETE', '/mapping/sentencing/adjustments/adjustment-id/u2');
    assert.equal((await send('GET', path)).status, 404);
    for (const nomisCaseNoteId of [1, 2]) {
      const body = {
        nomisCaseNoteId,
        dpsCaseNoteId: 'n',
        mappingType: 'NOMIS_CREATED',
        offenderNo: 'A1234BC',
      };
      assert.equal((await send('POST', '/mapping/casenotes', body)).status, 201);
    }
    const all = (await send('GET', '/mapping/casenotes/dps-casenote-id/n/all')).body as unknown[];
    assert.equal(all.length, 2);
  });

  it('maps rooms by prison and description, spaces and slashes included', async () => {
    const room = { vsipId: 'Main Hall', nomisRoomDescription: 'WLI VISITS/HALL', isOpen: true };
    assert.equal((await send('POST', '/prison/WLI/room-mappings', room)).status, 201);
    assert.equal((await send('POST', '/prison/WLI/room-mappings', room)).status, 400);
    const path = `/prison/WLI/room/nomis-room-id/${encodeURIComponent('WLI VISITS/HALL')}`;
    assert.deepEqual((await send('GET', path)).body, { ...room, prisonId: 'WLI' });
    assert.equal(((await send('GET', '/prison/WLI/room-mappings')).body as unknown[]).length, 1);
    await send('DELETE', `/prison/WLI/room-mappings/nomis-room-id/${encodeURIComponent('WLI VISITS/HALL')}`);
    assert.equal((await send('GET', path)).status, 404);
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestSimulators, type TestSimulators } from '../testing/simulators.ts';

type Body = Record<string, unknown>;

describe('records of the NOMIS simulator', () => {
  let simulators: TestSimulators;
  before(async () => {
    simulators = await startTestSimulators({ visits: 1 });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/nomis/data`, { method: 'DELETE' }));

  const get = async (path: string) => (await simulators.call(`/nomis${path}`)).body as Body;
  const control = (method: string, path: string, body?: unknown) =>
    simulators.call(`/nomis/control/${path}`, { method, ...(body === undefined ? {} : { body }) });

  it('pages through every kind and gives each record that it lists', async () => {
    const kinds = [
      ['/locations/ids', (item: Body) => `/locations/${item.locationId}`, 2112],
      ['/casenotes/ids', (item: Body) => `/casenotes/${item.caseNoteId}`, 80_000],
      ['/visit-balances/ids', (item: Body) => `/visit-balances/${item.visitBalanceId}`, 20_000],
      [
        '/alerts/ids',
        (item: Body) => `/prisoners/booking-id/${item.bookingId}/alerts/${item.alertSequence}`,
        30_000,
      ],
      ['/prisoners/ids/all', (item: Body) => `/prisoners/${item.offenderNo}`, 20_000],
    ] as const;
    for (const [path, pathOf, total] of kinds) {
      const pages = Math.ceil(total / 20_000);
      const paths = new Set<string>();
      for (let page = 0; page < pages; page += 1) {
        const { content, totalElements } = await get(`${path}?size=20000&page=${page}`);
        assert.equal(totalElements, total);
        for (const item of content as Body[]) paths.add(pathOf(item));
      }
      assert.equal(paths.size, total, path);
      const last = [...paths].at(-1);
      assert.equal((await simulators.call(`/nomis${last}`)).status, 200, last);
    }
  });

  it('places each location below one that comes before it', async () => {
    const cell = await get('/locations/25025');
    const landing = await get(`/locations/${cell.parentLocationId}`);
    const wing = await get(`/locations/${landing.parentLocationId}`);
    assert.deepEqual(
      [cell.description, landing.description, wing.description],
      ['BLI-A-1-001', 'BLI-A-1', 'BLI-A'],
    );
    assert.equal(cell.parentKey, landing.description);
    assert.equal((await simulators.call('/nomis/locations/9')).status, 404);
  });

  it('tells whose a booking is, and follows it to another prisoner', async () => {
    const [from, to] = ((await get('/prisoners/ids?size=2')).content as Body[]).map((one) => one);
    const ownerOf = async (booking: unknown) =>
      (await simulators.call('/nomis/prisoners/bookings', { method: 'POST', body: [booking, 5] })).body;
    assert.deepEqual(await ownerOf(from?.bookingId), [from]);
    const notes = async (who: unknown) => (await get(`/prisoners/${who}/casenotes`)).caseNotes as Body[];
    const before = [await notes(from?.offenderNo), await notes(to?.offenderNo)];
    assert.deepEqual(
      before.map(({ length }) => length),
      [3, 5],
    );
    assert.equal(
      (await control('PUT', `bookings/${from?.bookingId}`, { offenderNo: to?.offenderNo })).status,
      204,
    );
    assert.deepEqual(await ownerOf(from?.bookingId), [{ ...from, offenderNo: to?.offenderNo }]);
    assert.deepEqual([(await notes(from?.offenderNo)).length, (await notes(to?.offenderNo)).length], [0, 8]);
    assert.equal((await control('PUT', 'bookings/7', { offenderNo: to?.offenderNo })).status, 400);
  });

  it('lets case notes be amended and deleted through the API itself', async () => {
    const path = '/nomis/casenotes/47000001';
    const body = { text: 'New text', amendments: [] };
    assert.equal((await simulators.call(path, { method: 'PUT', body })).status, 200);
    assert.equal((await get('/casenotes/47000001')).caseNoteText, 'New text');
    assert.equal((await simulators.call(path, { method: 'DELETE' })).status, 204);
    for (const method of ['GET', 'DELETE'])
      assert.equal((await simulators.call(path, { method })).status, 404);
  });

  it('has a balance for each prisoner, by either id', async () => {
    const balance = await get('/visit-balances/300002');
    assert.deepEqual(await get(`/prisoners/${balance.prisonNumber}/visit-balance/details`), balance);
    await control('PUT', 'visit-balances/300002', { remainingVisitOrders: 99 });
    assert.equal((await get('/visit-balances/300002')).remainingVisitOrders, 99);
    const adjustment = await get('/visit-balances/visit-balance-adjustment/640001');
    assert.equal(typeof adjustment.visitOrderChange, 'number');
  });
});

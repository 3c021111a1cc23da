import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestSimulators, type TestSimulators } from '../testing/simulators.ts';

const TYPE = { 'content-type': 'application/vnd.nomis-offence+json' };

describe('adjustments simulator', () => {
  let simulators: TestSimulators;
  before(async () => {
    simulators = await startTestSimulators({ visits: 1 });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/adjustments/data`, { method: 'DELETE' }));

  const adjustment = async (changes: object = {}) => {
    const { body } = await simulators.call('/nomis/sentence-adjustments/150001');
    const nomis = body as Record<string, unknown> & { adjustmentType: { code: string } };
    return {
      bookingId: nomis.bookingId,
      sentenceSequence: nomis.sentenceSequence,
      offenderNo: nomis.offenderNo,
      adjustmentType: nomis.adjustmentType.code,
      adjustmentDate: nomis.adjustmentDate,
      adjustmentFromDate: nomis.adjustmentFromDate,
      adjustmentDays: nomis.adjustmentDays,
      comment: null,
      active: true,
      bookingReleased: false,
      currentTerm: true,
      ...changes,
    };
  };
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    simulators.call(`/adjustments/legacy/adjustments${path}`, {
      method,
      headers: { ...TYPE, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const create = async (headers: Record<string, string> = {}) => {
    const answer = await send('POST', '', await adjustment(), headers);
    return (answer.body as { adjustmentId: string }).adjustmentId;
  };
  const audit = async () => (await simulators.call('/adjustments/audit')).body;

  it('creates, reads, updates and deletes, and counts all of it by the id in NOMIS', async () => {
    const id = await create();
    const changed = await adjustment({ adjustmentDays: 3 });
    assert.equal((await send('PUT', `/${id}`, changed)).status, 200);
    assert.deepEqual((await send('GET', `/${id}`)).body, changed);
    assert.equal((await send('DELETE', `/${id}`)).status, 200);
    for (const method of ['GET', 'DELETE']) assert.equal((await send(method, `/${id}`)).status, 404);
    assert.equal((await send('PUT', `/${id}`, changed)).status, 404);
    assert.deepEqual(await audit(), [{ id: 'SENTENCE/150001', created: 1, changed: 1, deleted: 1 }]);
  });

  it('shows a duplicate as one record that was made twice', async () => {
    assert.notEqual(await create(), await create());
    assert.deepEqual(await audit(), [{ id: 'SENTENCE/150001', created: 2, changed: 0, deleted: 0 }]);
  });

  it('answers a repeated key with the first adjustment once that is switched on', async () => {
    await simulators.call('/adjustments/control', { method: 'PUT', body: { honourIdempotencyKey: true } });
    const key = { 'idempotency-key': 'adjustments:1:1' };
    assert.equal(await create(key), await create(key));
    assert.notEqual(await create(), await create(key));
  });

  it('refuses other media types and bodies that are none of its own', async () => {
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/1'],
      ['DELETE', '/1'],
    ] as const) {
      const answer = await send(method, path, await adjustment(), { 'content-type': 'application/json' });
      assert.equal(answer.status, 415);
    }
    for (const changes of [
      { adjustmentType: 'XYZ' },
      { bookingId: null },
      { adjustmentDate: '2031-02-30' },
    ]) {
      assert.equal((await send('POST', '', await adjustment(changes))).status, 400);
    }
    assert.equal((await send('POST', '', '[')).status, 400);
    assert.deepEqual(await audit(), []);
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestSimulators, type TestSimulators } from '../testing/simulators.ts';
import { referenceOf, sequenceOf } from './visit-reference.ts';

const VISIT = {
  prisonerId: 'A1234ZZ',
  prisonId: 'WLI',
  startTimestamp: '2031-05-02T14:00:00',
  endTimestamp: '2031-05-02T15:30:00',
  visitType: 'SOCIAL',
  visitStatus: 'BOOKED',
  visitRoom: 'WLI-VISITS-HALL',
  visitRestriction: 'UNKNOWN',
  contactList: [{ nomisPersonId: 8801 }],
  visitors: [{ nomisPersonId: 8802 }, { nomisPersonId: 8801 }],
  visitNotes: [],
  actionedBy: 'QX_STAFF1',
  createDateTime: '2031-05-01T08:15:00',
};

describe('visit scheduler simulator', () => {
  let simulators: TestSimulators;
  before(async () => {
    simulators = await startTestSimulators({ visits: 300, now: () => new Date('2031-05-31T12:00:00Z') });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/vsip/data`, { method: 'DELETE' }));

  const migrate = (changes: object = {}, headers: Record<string, string> = {}) =>
    simulators.call('/vsip/migrate-visits', { method: 'POST', body: { ...VISIT, ...changes }, headers });
  const search = (query: string) => simulators.call(`/vsip/visits/search?${query}`);
  const audit = async () => (await simulators.call('/vsip/audit')).body;

  it('makes a visit at every call and tells its bare reference', async () => {
    const [first, second] = [await migrate(), await migrate()];
    assert.equal(first.status, 201);
    assert.match(String(first.body), /^[a-z1-9]{2}(-[a-z1-9]{2}){3}$/);
    assert.notEqual(first.body, second.body);
    assert.deepEqual(await audit(), [
      { id: 'A1234ZZ 2031-05-01T08:15:00 8801+8802', created: 2, changed: 0, deleted: 0 },
    ]);
    assert.deepEqual((await simulators.call(`/vsip/visits/${first.body}`)).body, {
      applicationReference: first.body,
      reference: first.body,
      prisonerId: 'A1234ZZ',
      prisonId: 'WLI',
      visitRoom: 'WLI-VISITS-HALL',
      visitType: 'SOCIAL',
      visitStatus: 'BOOKED',
      outcomeStatus: 'NOT_RECORDED',
      visitRestriction: 'UNKNOWN',
      startTimestamp: '2031-05-02T14:00:00',
      endTimestamp: '2031-05-02T15:30:00',
      visitNotes: [],
      visitors: [{ nomisPersonId: 8801 }, { nomisPersonId: 8802 }],
      createdTimestamp: '2031-05-01T08:15:00',
    });
  });

  it('audits visits of the NOMIS simulator by their id there', async () => {
    for (const id of [700_001, 700_002, 700_002]) {
      const { body } = await simulators.call(`/nomis/visits/${id}`);
      const { offenderNo, whenCreated } = body as { offenderNo: string; whenCreated: string };
      await migrate({ prisonerId: offenderNo, createDateTime: whenCreated });
    }
    assert.deepEqual(await audit(), [
      { id: '700001', created: 1, changed: 0, deleted: 0 },
      { id: '700002', created: 2, changed: 0, deleted: 0 },
    ]);
  });

  it('refuses what the scheduler refuses and keeps nothing of it', async () => {
    const refusals: [object, number][] = [
      [{ prisonId: ' ' }, 400],
      [{ visitRoom: undefined }, 400],
      [{ visitType: 'OFFICIAL' }, 400],
      [{ visitStatus: 'NEW' }, 400],
      [{ visitRestriction: null }, 400],
      [{ outcomeStatus: 'NONE' }, 400],
      [{ startTimestamp: '2031-02-30T10:00:00' }, 400],
      [{ createDateTime: 'once' }, 400],
      [{ visitContact: { name: 'X', telephone: '' } }, 400],
      [{ visitNotes: [{ type: 'VISIT_COMMENT' }, { type: 'VISIT_COMMENT' }] }, 400],
      [{ visitors: [{}] }, 400],
      [{ startTimestamp: '2031-12-01T10:00:00' }, 422],
    ];
    for (const [changes, status] of refusals) {
      assert.equal((await migrate(changes)).status, status, JSON.stringify(changes));
    }
    assert.equal((await simulators.call('/vsip/migrate-visits', { method: 'POST', body: '{' })).status, 400);
    const tooFar = (await migrate({ startTimestamp: '2031-12-01T10:00:00' })).body as { userMessage: string };
    assert.equal(tooFar.userMessage, 'Migration failure: Could not migrate visit');
    assert.deepEqual(await audit(), []);
  });

  it('puts a visit to come into a session, within six months, where there are any', async () => {
    const { body } = await migrate({ startTimestamp: '2031-11-30T10:10:00', visitRoom: 'Main Hall' });
    const visit = (await simulators.call(`/vsip/visits/${body}`)).body as Record<string, unknown>;
    assert.deepEqual(
      [visit.startTimestamp, visit.endTimestamp, visit.visitRoom],
      ['2031-11-30T09:00:00', '2031-11-30T10:00:00', 'Morning room'],
    );
    await simulators.call('/vsip/control', { method: 'PUT', body: { prisonsWithoutSessions: ['WLI'] } });
    const refused = await migrate({ startTimestamp: '2031-06-30T10:10:00' });
    assert.deepEqual(
      [refused.status, (refused.body as { userMessage: string }).userMessage],
      [400, 'Migration failure: could not find matching session template'],
    );
  });

  it('finds visits by prisoner, prison, dates and status', async () => {
    await migrate();
    await migrate({ prisonerId: 'B9876YX' });
    await migrate({ prisonId: 'HEI' });
    await migrate({ startTimestamp: '2031-05-03T10:00:00', visitStatus: 'CANCELLED' });
    const total = async (query: string) =>
      ((await search(query)).body as { totalElements: number }).totalElements;
    const both = 'visitStatus=BOOKED&visitStatus=CANCELLED&page=0&size=100';
    assert.equal(await total(both), 4);
    assert.equal(await total('visitStatus=CANCELLED&page=0&size=100'), 1);
    const second = (await search('visitStatus=BOOKED&visitStatus=CANCELLED&page=1&size=3')).body as {
      content: { visitStatus: string }[];
      last: boolean;
    };
    assert.deepEqual(
      [second.content.map(({ visitStatus }) => visitStatus), second.last],
      [['CANCELLED'], true],
    );
    assert.equal(await total(`${both}&prisonerId=A1234ZZ`), 3);
    assert.equal(await total(`${both}&prisonerId=A1234ZZ&prisonId=WLI`), 2);
    assert.equal(await total('visitStatus=BOOKED&page=0&size=1&prisonerId=A1234ZZ&prisonId=WLI'), 1);
    assert.equal(await total(`${both}&visitStartDate=2031-05-03&visitEndDate=2031-05-03`), 1);
    assert.equal((await search('prisonerId=A1234ZZ')).status, 400);
    assert.equal((await search(`${both}&visitStartDate=soon`)).status, 400);
  });

  it('cancels once, whatever comes after', async () => {
    const { body: reference } = await migrate();
    const cancel = (outcomeStatus: string, of: unknown = reference) =>
      simulators.call(`/vsip/migrate-visits/${of}/cancel`, {
        method: 'PUT',
        body: { actionedBy: 'X', cancelOutcome: { outcomeStatus, text: 'Cancelled by NOMIS' } },
      });
    assert.equal((await cancel('VISITOR_CANCELLED')).status, 200);
    const again = (await cancel('CANCELLATION')).body as Record<string, unknown>;
    assert.deepEqual([again.visitStatus, again.outcomeStatus], ['CANCELLED', 'VISITOR_CANCELLED']);
    assert.equal((await cancel('CANCELLATION', 'aa-aa-aa-aa')).status, 404);
    assert.equal((await cancel('NONE')).status, 400);
    assert.deepEqual((await audit()) as object[], [
      { id: 'A1234ZZ 2031-05-01T08:15:00 8801+8802', created: 1, changed: 1, deleted: 0 },
    ]);
  });

  it('honours idempotency keys only when it is switched on', async () => {
    const key = { 'idempotency-key': 'visits:1:1' };
    assert.notEqual((await migrate({}, key)).body, (await migrate({}, key)).body);
    await simulators.call('/vsip/control', { method: 'PUT', body: { honourIdempotencyKey: true } });
    assert.equal((await migrate({}, key)).body, (await migrate({}, key)).body);
  });

  it('commits before it times out, when told to', async () => {
    const fault = { match: { method: 'POST' }, kind: 'timeout_after_commit', delayMs: 1, count: 1 };
    await simulators.call('/vsip/faults', { method: 'PUT', body: [fault] });
    await assert.rejects(migrate());
    assert.equal(((await audit()) as object[]).length, 1);
  });

  it('gives references that differ and lead back', () => {
    const sequences = [0, 1, 2, 1_048_575, 1_048_576, 199_999, 9_999_999];
    assert.equal(new Set(sequences.map(referenceOf)).size, sequences.length);
    assert.deepEqual(sequences.map(referenceOf).map(sequenceOf), sequences);
    assert.equal(sequenceOf('oo-oo-oo-oo'), undefined);
  });
});

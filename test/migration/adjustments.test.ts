import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type MigrationSetting, startMigrationSetting } from './migration-setting.ts';

const QUEUE = 'prisoner_from_nomis_sentencing_queue';
const DLQ = 'prisoner_from_nomis_sentencing_dl_queue';
const MAPPING = '/mapping/sentencing/adjustments/nomis-adjustment-category';

let setting: MigrationSetting;
before(async () => {
  setting = await startMigrationSetting();
});
after(() => setting[Symbol.asyncDispose]());
beforeEach(() => setting.reset());

interface AuditRow {
  id: string;
  created: number;
  changed: number;
  deleted: number;
}

const audit = async () => (await setting.simulator<AuditRow[]>('/adjustments/audit')).body;
const nomis = async (id: number, category = 'sentence') =>
  (await setting.simulator<Record<string, unknown>>(`/nomis/${category}-adjustments/${id}`)).body;
const change = (id: number, members: object, category = 'sentence') =>
  setting.simulator(`/nomis/control/${category}-adjustments/${id}`, 'PUT', members);
const targetId = async (id: number, category = 'SENTENCE') => {
  const answer = await setting.call<{ adjustmentId: string }>(
    'GET',
    `${MAPPING}/${category}/nomis-adjustment-id/${id}`,
  );
  return answer.status === 404 ? undefined : answer.body.adjustmentId;
};

async function send(event: string, id: number, members: object = {}): Promise<void> {
  const message = {
    offenderIdDisplay: 'A0000AA',
    bookingId: '1200001',
    sentenceSeq: 1,
    adjustmentId: String(id),
  };
  await setting.sendEvent(QUEUE, event, { ...message, ...members });
}

async function sendAndWait(event: string, id: number, members: object = {}): Promise<void> {
  await send(event, id, members);
  await setting.drain();
}

test('an adjustment is created, follows its changes and is deleted', async () => {
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  const id = await targetId(150_001);
  const source = await nomis(150_001);
  assert.deepEqual((await setting.simulator(`/adjustments/legacy/adjustments/${id}`)).body, {
    bookingId: source.bookingId,
    sentenceSequence: 1,
    currentTerm: true,
    adjustmentType: (source.adjustmentType as { code: string }).code,
    adjustmentDate: source.adjustmentDate,
    adjustmentFromDate: source.adjustmentFromDate,
    adjustmentDays: source.adjustmentDays,
    ...(source.comment === undefined ? {} : { comment: source.comment }),
    active: source.active,
    offenderNo: source.offenderNo,
    bookingReleased: source.hasBeenReleased,
    agencyId: source.prisonId,
  });
  await change(150_001, { adjustmentDays: 77 });
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  const changed = await setting.simulator<{ adjustmentDays: number }>(
    `/adjustments/legacy/adjustments/${id}`,
  );
  assert.equal(changed.body.adjustmentDays, 77);
  await sendAndWait('SENTENCE_ADJUSTMENT_DELETED', 150_001);
  assert.equal(await targetId(150_001), undefined);
  await sendAndWait('SENTENCE_ADJUSTMENT_DELETED', 150_001);
  assert.deepEqual(await audit(), [{ id: 'SENTENCE/150001', created: 1, changed: 1, deleted: 1 }]);
  const properties = {
    offenderNo: source.offenderNo,
    bookingId: '1200001',
    sentenceSequence: '1',
    nomisAdjustmentId: '150001',
    adjustmentCategory: 'SENTENCE',
  };
  const fromEvent = { ...properties, offenderNo: 'A0000AA' };
  assert.deepEqual(await setting.events('sentence-adjustment-'), [
    {
      name: 'sentence-adjustment-created-synchronisation-success',
      properties: { ...properties, adjustmentId: id },
    },
    {
      name: 'sentence-adjustment-updated-synchronisation-success',
      properties: { ...properties, adjustmentId: id },
    },
    {
      name: 'sentence-adjustment-delete-synchronisation-success',
      properties: { ...fromEvent, adjustmentId: id },
    },
    { name: 'sentence-adjustment-delete-synchronisation-ignored', properties: fromEvent },
  ]);
});

test('both categories have records of the same id', async () => {
  await send('KEY_DATE_ADJUSTMENT_UPSERTED', 150_001);
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  const [sentence, keyDate] = [await targetId(150_001), await targetId(150_001, 'KEY-DATE')];
  assert.ok(sentence && keyDate && sentence !== keyDate);
  const [event] = await setting.events('key-date-adjustment-created-synchronisation-success');
  assert.equal('sentenceSequence' in (event?.properties ?? {}), false);
  await sendAndWait('KEY_DATE_ADJUSTMENT_DELETED', 150_001);
  assert.deepEqual([await targetId(150_001), await targetId(150_001, 'KEY-DATE')], [sentence, undefined]);
});

test('what the new services wrote is skipped without a call', async () => {
  await setting.simulator('/nomis/calls', 'DELETE');
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001, { auditModuleName: 'DPS_SYNCHRONISATION' });
  await sendAndWait('KEY_DATE_ADJUSTMENT_UPSERTED', 150_001, { auditModuleName: 'DPS_SYNCHRONISATION_X' });
  assert.deepEqual((await setting.simulator('/nomis/calls')).body, []);
  assert.deepEqual(
    (await setting.events('adjustment')).map(({ name }) => name),
    ['sentence-adjustment-synchronisation-skipped', 'key-date-adjustment-synchronisation-skipped'],
  );
});

test('hidden and deleted adjustments are skipped, and one that is hidden later stays', async () => {
  await change(150_001, { hiddenFromUsers: true });
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 1);
  await sendAndWait('KEY_DATE_ADJUSTMENT_UPSERTED', 1);
  assert.deepEqual(
    (await setting.events('adjustment')).map(({ name }) => name),
    [
      'sentence-adjustment-hidden-or-deleted-synchronisation-skipped',
      'sentence-adjustment-hidden-or-deleted-synchronisation-skipped',
      'key-date-adjustment-deleted-synchronisation-skipped',
    ],
  );
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_002);
  await change(150_002, { hiddenFromUsers: true });
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_002);
  assert.deepEqual(await audit(), [{ id: 'SENTENCE/150002', created: 1, changed: 0, deleted: 0 }]);
});

test('a delete takes an adjustment that is gone at the target for deleted', async () => {
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  await setting.simulator('/adjustments/data', 'DELETE');
  await sendAndWait('SENTENCE_ADJUSTMENT_DELETED', 150_001);
  assert.equal(await targetId(150_001), undefined);
});

test('an update that the target does not know becomes a dead letter, as does an unknown type at once', async () => {
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  await setting.simulator('/adjustments/data', 'DELETE');
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  await change(150_002, { adjustmentType: { code: 'NEW', description: 'New' } });
  await setting.simulator('/nomis/calls', 'DELETE');
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_002);
  const calls = (await setting.simulator<{ path: string }[]>('/nomis/calls')).body;
  assert.equal(calls.length, 1, 'no attempt is spent on what cannot change');
  const letters = await setting.call<{ messagesFoundCount: number }>(
    'GET',
    `/queue-admin/get-dlq-messages/${DLQ}`,
  );
  assert.equal(letters.body.messagesFoundCount, 2);
  assert.equal((await setting.events('SENTENCE_ADJUSTMENT_UPSERTED-sent-to-dlq')).length, 2);
});

test('a comparison goes on past an adjustment that became one which cannot be sent', async () => {
  for (const id of [150_001, 150_002]) await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', id);
  await change(150_001, { adjustmentType: { code: 'ZZZ' } });
  await change(150_002, { adjustmentDays: 99 });
  const found = await setting.reconcile('SENTENCING_ADJUSTMENTS');
  assert.equal(found.DIFFERENT, 2);
  const { rows } = await setting.app.app.stores[0].db.pool.query(
    "select fields from migration.differences where kind = 'DIFFERENT' order by nomis_key",
  );
  assert.deepEqual(
    rows.map(({ fields }) => fields),
    [['cannot be sent'], ['adjustmentDays']],
  );
});

test('a merge creates what has no mapping, and its repair repeats it', async () => {
  const booking = (await nomis(150_004)).bookingId;
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_004);
  await setting.sendEvent(QUEUE, 'BOOKING_NUMBER-CHANGED', { bookingId: String(booking) });
  await setting.drain();
  assert.deepEqual(await setting.events('from-nomis-synch-adjustment-merge'), [
    {
      name: 'from-nomis-synch-adjustment-merge',
      properties: {
        bookingId: String(booking),
        sentenceAdjustments: '3',
        keyDateAdjustments: '0',
        sentenceAdjustmentsCreated: '2',
        keyDateAdjustmentsCreated: '0',
      },
    },
  ]);
  const repair = `/prisoners/booking-id/${booking}/merge/sentencing-adjustments/repair`;
  assert.deepEqual(await setting.call('POST', repair), { status: 200, body: undefined });
  assert.deepEqual(
    (await audit()).map(({ id, created, changed }) => [id, created, changed]),
    [
      ['SENTENCE/150004', 1, 0],
      ['SENTENCE/150005', 1, 0],
      ['SENTENCE/150006', 1, 0],
    ],
  );
  assert.equal((await setting.events('from-nomis-synch-adjustment-merge-repair')).length, 1);
});

test('a merge that fails on the way goes on where it ended', async () => {
  const booking = (await nomis(150_004)).bookingId;
  const fault = { match: { path: '/sentence-adjustments/150005' }, kind: 'status', status: 500, count: 1 };
  await setting.simulator('/nomis/faults', 'PUT', [fault]);
  await setting.sendEvent(QUEUE, 'BOOKING_NUMBER-CHANGED', { bookingId: booking });
  await setting.drain();
  assert.deepEqual(
    (await audit()).map(({ created, changed }) => [created, changed]),
    [
      [1, 0],
      [1, 0],
      [1, 0],
    ],
  );
  const [merge] = await setting.events('from-nomis-synch-adjustment-merge');
  assert.equal(merge?.properties.sentenceAdjustmentsCreated, '2');
});

test('the update repair sends every adjustment again, and can be repeated after a failure at once', async () => {
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  const booking = (await nomis(150_001)).bookingId;
  const repair = `/prisoners/booking-id/${booking}/update/sentencing-adjustments/repair`;
  const fault = { match: { method: 'PUT' }, kind: 'status', status: 500, count: 1 };
  await setting.simulator('/adjustments/faults', 'PUT', [fault]);
  assert.equal((await setting.call('POST', repair)).status, 500);
  assert.equal((await setting.call('POST', repair)).status, 200);
  assert.deepEqual(
    (await audit()).map(({ id, created, changed }) => [id, created, changed]),
    [
      ['SENTENCE/150001', 1, 1],
      ['SENTENCE/150002', 1, 0],
      ['KEY-DATE/150001', 1, 0],
    ],
  );
  assert.deepEqual(await setting.events('update-repair'), [
    { name: 'from-nomis-synch-adjustment-update-repair', properties: { bookingId: String(booking) } },
  ]);
});

test('a bulk run moves both categories once, and a second one finds nothing to do', async () => {
  await sendAndWait('SENTENCE_ADJUSTMENT_UPSERTED', 150_001);
  const first = await setting.run('/migrate/sentencing');
  assert.deepEqual([first.status, first.recordsMigrated, first.recordsFailed], ['COMPLETED', 15, 0]);
  const second = await setting.run('/migrate/sentencing');
  assert.deepEqual([second.status, second.recordsMigrated, second.recordsFailed], ['COMPLETED', 0, 0]);
  const rows = await audit();
  assert.deepEqual(
    [rows.length, rows.every(({ created, changed }) => created === 1 && changed === 0)],
    [16, true],
  );
  const calls = await setting.simulator<{ method: string; path: string }[]>('/adjustments/calls');
  const creates = calls.body.filter(({ method }) => method === 'POST').map(({ path }) => path);
  assert.equal(creates.filter((path) => path === '/legacy/adjustments/migration').length, 15);
});

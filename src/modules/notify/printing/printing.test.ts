import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { possibleLetterKeys } from '../letter-production/letter-files.ts';
import {
  answerJson,
  breakOff,
  type FakeProvider,
  type ReceivedCall,
  startFakeProvider,
} from '../testing/fake-provider.ts';
import { type MailSink, startMailSink } from '../testing/mail-sink.ts';
import { createNotifyApp, declaredService, type NotifyApp } from '../testing/notify-app.ts';
import { type StoredNotification, storeNotifications } from '../testing/stored-notifications.ts';
import { isTooLateToCancel } from './operate-letters.ts';
import { printAddress } from './print-request.ts';

const RUN = 'check-time-to-collate-letters';
const JOBS = '/print-request/v1/print/jobs';
const ADDRESS = 'A Person\n1 High Street\nSW1A 1AA';

describe('addresses for the printer', () => {
  it('are of one of three kinds, cut to what fits', () => {
    assert.deepEqual(printAddress(ADDRESS), {
      unstructuredAddress: { line1: '1 High Street', postcode: 'SW1A 1AA' },
    });
    assert.deepEqual(printAddress('A Person\nRue de la Paix 1\n75000 Paris\nFrance'), {
      internationalAddress: { line1: 'Rue de la Paix 1', line2: '75000 Paris', country: 'France' },
    });
    assert.deepEqual(printAddress('Sgt Person\n1 Platoon\nBF1 2AB\nBFPO 15'), {
      bfpoAddress: { line1: 'Sgt Person', line2: '1 Platoon', postcode: 'BF1 2AB', bfpoNumber: '15' },
    });
    const long = printAddress(`A Person\n${'x'.repeat(60)}\nSW1A 1AA`);
    assert.deepEqual(long, { unstructuredAddress: { line1: 'x'.repeat(45), postcode: 'SW1A 1AA' } });
  });
});

describe('the time until which a letter can be cancelled', () => {
  const isLate = (createdAt: string, now: string) => isTooLateToCancel(new Date(createdAt), new Date(now));

  it('ends at 17:30 in London', () => {
    assert.equal(isLate('2026-08-03T12:00:00Z', '2026-08-03T16:29:59Z'), false);
    assert.equal(isLate('2026-08-03T12:00:00Z', '2026-08-03T16:30:00Z'), true);
    assert.equal(isLate('2026-08-03T16:31:00Z', '2026-08-03T20:00:00Z'), false);
    assert.equal(isLate('2026-08-03T16:31:00Z', '2026-08-04T10:00:00Z'), false);
    assert.equal(isLate('2026-08-03T12:00:00Z', '2026-08-04T08:00:00Z'), true);
    assert.equal(isLate('2026-08-03T16:31:00Z', '2026-08-04T16:31:01Z'), true);
    // In winter London is UTC.
    assert.equal(isLate('2026-12-03T12:00:00Z', '2026-12-03T17:29:59Z'), false);
    assert.equal(isLate('2026-12-03T12:00:00Z', '2026-12-03T17:30:00Z'), true);
  });
});

describe('printing', () => {
  let app: NotifyApp;
  let printer: FakeProvider;
  let receiver: FakeProvider;
  let mail: MailSink;
  let now = new Date('2026-08-03T16:50:00Z');
  const answers: ((response: ServerResponse) => void)[] = [];
  before(async () => {
    receiver = await startFakeProvider();
    mail = await startMailSink();
    printer = await startFakeProvider((response, call) => {
      if (call.path !== JOBS)
        return answerJson(200, { 'id-token': tokenUntil(Date.now() + 3_600_000) })(response);
      (answers.shift() ?? answerJson(202, {}))(response);
    });
    app = await createNotifyApp({
      clock: { now: () => now },
      environment: {
        PRINT_URL: printer.url,
        DVLA_EMAIL_ADDRESSES: 'press@example.test',
        SMTP_URL: mail.url,
      },
      services: [
        declaredService({
          callbacks: {
            returned_letters: { url: `${receiver.url}/returned`, bearer_token: 'returned-token' },
          },
        }),
      ],
    });
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await printer[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await mail[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    now = new Date('2026-08-03T16:50:00Z');
    printer.calls.length = 0;
    receiver.calls.length = 0;
    answers.length = 0;
    await query('truncate notify.notifications, notify.notification_history, notify.returned_letters');
  });
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const jobs = () => printer.calls.filter((call: ReceivedCall) => call.path === JOBS);
  const statusOf = async (id: string | undefined) =>
    (await query('select notification_status from notify.notifications where id = $1', [id])).rows[0]
      ?.notification_status;
  let reference = 1_000;
  const letters = async (...cases: Partial<StoredNotification>[]) => {
    const stored = cases.map((one) => ({
      type: 'letter' as const,
      status: 'created',
      createdAt: new Date('2026-08-03T10:00:00Z'),
      recipient: ADDRESS,
      postage: 'second',
      billableUnits: 1,
      reference: `REFERENCE${(reference++).toString().padStart(7, '0')}`,
      ...one,
    }));
    const ids = await storeNotifications(app.test.database.db.pool, stored);
    for (const [place, { createdAt, reference: name }] of stored.entries()) {
      const [key = ''] = possibleLetterKeys(
        { id: ids[place] ?? '', reference: name, createdAt },
        'letters-pdf',
      );
      await app.test.app.blobs.put(key, '%PDF-1.7', { contentType: 'application/pdf' });
    }
    return ids;
  };

  it('begins at 17:50 in London whatever the clocks do, with what was made before 17:30', async () => {
    const days: [day: string, hour: number][] = [
      ['2026-03-28', 17],
      ['2026-03-29', 16],
      ['2026-10-24', 16],
      ['2026-10-25', 17],
    ];
    for (const [day, hour] of days) {
      printer.calls.length = 0;
      const [early, late] = await letters(
        { createdAt: new Date(`${day}T${hour}:29:59.999Z`) },
        { createdAt: new Date(`${day}T${hour}:30:00Z`) },
      );
      for (const slot of [16, 17]) {
        now = new Date(`${day}T${slot}:50:00Z`);
        await app.runScheduled(RUN);
        assert.equal(await statusOf(early), slot >= hour ? 'sending' : 'created', `${day} ${slot}:50`);
      }
      assert.equal(await statusOf(late), 'created', day);
      assert.equal(jobs().length, 1);
      await query('truncate notify.notifications');
    }
  });

  it('hands each letter over once, though its run is started twice', async () => {
    const ids = await letters(
      {},
      { postage: 'first' },
      { keyType: 'team' },
      { billableUnits: 0 },
      { status: 'cancelled' },
    );
    await Promise.all([app.runScheduled(RUN), app.runScheduled(RUN)]);
    await app.runScheduled(RUN);
    assert.deepEqual(
      jobs()
        .map((call) => JSON.parse(call.body).id)
        .sort(),
      [ids[0], ids[1]].sort(),
    );
    const first = jobs().find((call) => JSON.parse(call.body).id === ids[1]);
    const body = JSON.parse(first?.body ?? '');
    assert.equal(body.standardParams.despatchMethod, 'FIRST');
    assert.equal(body.standardParams.recipientName, 'A Person');
    assert.equal(Buffer.from(body.customParams[0].value, 'base64').toString(), '%PDF-1.7');
    assert.match(body.callbackParams.target, /\/notifications\/letter\/status\?token=.+/);
    assert.equal(first?.headers['x-api-key'], 'simulated');
    assert.ok(first?.headers.authorization);
    const { rows } = await query(
      'select sent_by, sent_at, notification_status from notify.notifications where id = $1',
      [ids[0]],
    );
    assert.deepEqual(rows[0], { sent_by: 'dvla', sent_at: now, notification_status: 'sending' });
    const mails = await query(
      "select count(*)::int as mails from notify.internal_sends where idempotency_key like 'letters-volume 2026-08-03%'",
    );
    assert.equal(mails.rows[0].mails, 1);
  });

  it('takes a letter the printer knows for handed over, and refuses what it will never print', async () => {
    const [known, refused] = await letters({}, {});
    answers.push(answerJson(409, {}), answerJson(400, {}));
    await app.runScheduled(RUN);
    assert.deepEqual([await statusOf(known), await statusOf(refused)].sort(), [
      'sending',
      'technical-failure',
    ]);
  });

  it('asks again, under the same id, when it does not know what became of its call', async () => {
    const [id] = await letters({});
    answers.push(breakOff, answerJson(500, {}), answerJson(401, {}), answerJson(409, {}));
    await app.runScheduled(RUN);
    assert.equal(await statusOf(id), 'sending');
    assert.deepEqual(new Set(jobs().map((call) => JSON.parse(call.body).id)), new Set([id]));
    assert.equal(jobs().length, 4);
  });

  it('waits without counting when the printer asks for patience', async () => {
    const [id] = await letters({});
    answers.push(answerJson(429, {}));
    await app.runScheduled(RUN);
    const { rows } = await query(
      "select start_after > now() as waits from pgboss.job where name = 'notify.deliver_letter'",
    );
    assert.deepEqual([await statusOf(id), rows[0]?.waits], ['created', true]);
    await query("delete from pgboss.job where name = 'notify.deliver_letter'");
  });

  it('fails a letter whose PDF is gone', async () => {
    const [id] = await storeNotifications(app.test.database.db.pool, [
      {
        type: 'letter',
        status: 'created',
        createdAt: new Date('2026-08-03T09:00:00Z'),
        billableUnits: 1,
        reference: 'GONE',
        recipient: ADDRESS,
      },
    ]);
    await app.runScheduled(RUN);
    assert.deepEqual([await statusOf(id), jobs().length], ['technical-failure', 0]);
  });

  const report = (id: string, data: object = {}) => ({
    id: 'report-1',
    time: '2026-08-04T10:00:00Z',
    metadata: { correlationId: id },
    data: {
      jobId: id,
      jobStatus: 'DESPATCHED',
      transitionDate: '2026-08-04T23:30:00Z',
      despatchProperties: [
        { key: 'totalSheets', value: '1' },
        { key: 'postageClass', value: '2ND' },
        { key: 'mailingProduct', value: 'MM' },
      ],
      ...data,
    },
  });
  const post = (target: string, payload: unknown) =>
    app.test.module('notify').inject({
      method: 'POST',
      url: target.slice(target.indexOf('/notifications/')),
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });
  const printed = async () => {
    const [id = ''] = await letters({});
    await app.runScheduled(RUN);
    const target: string = JSON.parse(jobs().at(-1)?.body ?? '').callbackParams.target;
    return { id, target };
  };

  it('takes the report of a despatch, by its London day, and takes it once', async () => {
    const { id, target } = await printed();
    for (let time = 0; time < 2; time += 1) assert.equal((await post(target, report(id))).statusCode, 204);
    await app.drain();
    assert.equal(await statusOf(id), 'delivered');
    const { rows } = await query(
      'select despatched_on::text as day, cost_threshold from notify.letter_despatches where notification_id = $1',
      [id],
    );
    assert.deepEqual(rows, [{ day: '2026-08-05', cost_threshold: 'sorted' }]);
    await post(target, report(id, { jobStatus: 'REJECTED' }));
    await app.drain();
    assert.equal(await statusOf(id), 'delivered');
  });

  it('takes the report of a rejection, also for a letter past retention', async () => {
    const { id, target } = await printed();
    await query(
      `with gone as (delete from notify.notifications where id = $1 returning *)
       insert into notify.notification_history (id, service_id, template_id, template_version, key_type,
         notification_type, notification_status, created_at, billable_units, international)
       select id, service_id, template_id, template_version, key_type, notification_type, notification_status,
         created_at, billable_units, international from gone`,
      [id],
    );
    assert.equal((await post(target, report(id, { jobStatus: 'REJECTED' }))).statusCode, 204);
    await app.drain();
    const { rows } = await query(
      'select notification_status from notify.notification_history where id = $1',
      [id],
    );
    assert.equal(rows[0].notification_status, 'technical-failure');
  });

  it('refuses reports without the right token, of another letter, and such as do not fit', async () => {
    const { id, target } = await printed();
    const none = await post('/notifications/letter/status', report(id));
    assert.equal(none.statusCode, 403);
    assert.deepEqual(none.json(), {
      status_code: 403,
      errors: [{ error: 'BadRequestError', message: 'A valid token must be provided in the query string' }],
    });
    const other = await post(target, report('33333333-3333-4333-8333-333333333333'));
    assert.equal(other.statusCode, 400);
    assert.match(other.body, /does not match ID in token/);
    const broken: unknown[] = [
      [],
      'x',
      {},
      { ...report(id), time: 'yesterday' },
      { ...report(id), metadata: 7 },
      { ...report(id), data: null },
      report(id, { jobStatus: 'LOST' }),
      report(id, { transitionDate: '2026-13-45T99:99:99Z' }),
      report(id, { despatchProperties: undefined }),
      report(id, { despatchProperties: [{ key: 'totalSheets', value: 'many' }, null, 7] }),
      report(id, { despatchProperties: [{ key: 'totalSheets', value: '1' }] }),
    ];
    for (const body of broken) {
      const answer = await post(target, body);
      assert.equal(answer.statusCode, 400, JSON.stringify(body));
      assert.equal(answer.json().status_code, 400);
    }
    await app.drain();
    assert.equal(await statusOf(id), 'sending');
  });

  it('marks returned letters, live or archived, once, and tells their service each time', async () => {
    const [live, archived] = await letters(
      { status: 'delivered', clientReference: 'mine' },
      { status: 'delivered' },
    );
    const { rows } = await query('select id, reference from notify.notifications');
    await query(
      `with gone as (delete from notify.notifications where id = $1 returning *)
       insert into notify.notification_history (id, service_id, template_id, template_version, key_type, reference,
         notification_type, notification_status, created_at, billable_units, international)
       select id, service_id, template_id, template_version, key_type, reference, notification_type,
         notification_status, created_at, billable_units, international from gone`,
      [archived],
    );
    const { reportReturnedLetters } = await import('./returned-letters.ts');
    const references = [...rows.map((row) => String(row.reference)), 'NOBODYKNOWSTHIS0'];
    for (let time = 0; time < 2; time += 1) {
      await reportReturnedLetters(app.test.app.stores[0], references);
      await app.drain();
    }
    assert.equal(await statusOf(live), 'returned-letter');
    const history = await query('select notification_status from notify.notification_history');
    assert.equal(history.rows[0].notification_status, 'returned-letter');
    const noted = await query('select count(*)::int as count from notify.returned_letters');
    assert.equal(noted.rows[0].count, 2);
    assert.equal(receiver.calls.length, 4);
    const body = receiver.calls
      .map((call) => JSON.parse(call.body))
      .find((one) => one.notification_id === live);
    assert.deepEqual(
      [body.sent_by, body.template_name, body.date_sent, body.reference],
      ['API', 'A letter', '2026-08-03T10:00:00.000000Z', null],
    );
  });
});

/** A token as the printer gives them; only its end is read. */
function tokenUntil(time: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp: Math.floor(time / 1_000) })}.x`;
}

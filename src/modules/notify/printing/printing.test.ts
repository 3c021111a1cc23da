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
import { createNotifyApp, declaredService, type NotifyApp, SERVICE_ID } from '../testing/notify-app.ts';
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
        CHECK_SLOW_TEXT_MESSAGE_DELIVERY: 'on',
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
    await query("update notify.services set organisation_id = '477f8870-af2b-4b81-9a2c-1fad12028919'");
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
    assert.deepEqual(body.customParams.slice(1), [
      { key: 'organisationIdentifier', value: '477f8870-af2b-4b81-9a2c-1fad12028919' },
      { key: 'serviceIdentifier', value: SERVICE_ID },
    ]);
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
    const volume = await query(
      `select n.template_id, n.personalisation from notify.notifications n
         join notify.internal_sends i on i.notification_id = n.id`,
    );
    assert.equal(volume.rows[0].template_id, '11fad854-fd38-4a7c-bd17-805fb13dfc12');
    assert.deepEqual(JSON.parse(app.context.secrets.open(volume.rows[0].personalisation)), {
      date: '03 August 2026',
      total_volume: '2',
      total_sheets: '2',
      first_class_volume: '1',
      first_class_sheets: '1',
      second_class_volume: '1',
      second_class_sheets: '1',
      economy_mail_volume: '0',
      economy_mail_sheets: '0',
      international_volume: '0',
      international_sheets: '0',
    });
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
    // What is queued goes where it was to go then, whatever the service has set since.
    const actor = { kind: 'system' as const, id: 'test', name: 'test' };
    const { jobs: queues } = app.test.app.stores[0];
    await queues.pause('notify.send_callback', actor);
    await reportReturnedLetters(app.test.app.stores[0], references);
    await app.drain();
    await query("update notify.service_callbacks set url = 'https://elsewhere.example.test'");
    await queues.resume('notify.send_callback', actor);
    await app.drain();
    assert.equal(receiver.calls.length, 6);
  });

  it('tells people what is stuck, failed, slow or scarce, at its threshold and once', async () => {
    const alerts = async (name: string, at: string) => {
      now = new Date(at);
      await query('truncate notify.alerts');
      await Promise.all([app.runScheduled(name), app.runScheduled(name)]);
      return (await query('select key from notify.alerts')).rows.map(({ key }) => key);
    };
    const [id] = await letters({ createdAt: new Date('2026-08-03T16:30:00Z') });
    const change = (column: string, value: string) =>
      query(`update notify.notifications set ${column} = $2 where id = $1`, [id, value]);
    const created = 'check-if-letters-still-in-created';
    assert.deepEqual(await alerts(created, '2026-08-04T07:00:00Z'), []);
    await change('created_at', '2026-08-03T16:29:59.999Z');
    assert.deepEqual(await alerts(created, '2026-08-04T07:00:00Z'), ['letters-still-created 2026-08-04']);

    const sending = 'raise-alert-if-letter-notifications-still-sending';
    await change('notification_status', 'sending');
    await change('sent_at', '2026-07-31T23:00:00Z');
    assert.deepEqual(await alerts(sending, '2026-08-04T19:00:00Z'), []);
    await change('sent_at', '2026-07-31T22:59:59Z');
    assert.deepEqual(await alerts(sending, '2026-08-04T19:00:00Z'), ['letters-still-sending 2026-08-04']);
    // The printer does not work on Saturdays.
    assert.deepEqual(await alerts(sending, '2026-08-08T19:00:00Z'), []);

    const failed = 'check-if-letters-in-technical-failure';
    await change('notification_status', 'technical-failure');
    await change('updated_at', '2026-08-01T06:59:59Z');
    assert.deepEqual(await alerts(failed, '2026-08-04T07:00:00Z'), []);
    await change('updated_at', '2026-08-01T07:00:00Z');
    assert.deepEqual(await alerts(failed, '2026-08-04T07:00:00Z'), ['letters-technical-failure 2026-08-04']);

    const scan = 'check-if-letters-still-pending-virus-check-nightly';
    await change('notification_status', 'pending-virus-check');
    await change('created_at', '2026-07-30T19:59:59Z');
    assert.deepEqual(await alerts(scan, '2026-08-04T20:00:00Z'), []);
    await change('created_at', '2026-08-01T19:59:59Z');
    assert.deepEqual(await alerts(scan, '2026-08-04T20:00:00Z'), ['letters-pending-virus-check 2026-08-04']);

    const numbers = 'check-for-low-available-inbound-sms-numbers';
    await query('update notify.inbound_numbers set active = false');
    await query(
      `insert into notify.inbound_numbers (id, number, provider, created_at)
       select gen_random_uuid(), '0770090' || (1000 + n), 'mmg', now() from generate_series(1, 51) as n`,
    );
    assert.deepEqual(await alerts(numbers, '2026-08-03T09:00:00Z'), []);
    await query("update notify.inbound_numbers set active = false where number = '07700901001'");
    assert.deepEqual(await alerts(numbers, '2026-08-03T09:00:00Z'), ['low-inbound-numbers 2026-08-03']);
  });

  it('tells people of services whose texts fail or go to numbers for drama, and of slow minutes', async () => {
    const texts = (count: number, columns: Partial<Record<'status' | 'number' | 'sentAt', string>>) =>
      query(
        `insert into notify.notifications (id, service_id, template_id, template_version, key_type,
           notification_type, notification_status, created_at, sent_at, sent_by, recipient, normalised_to)
         select gen_random_uuid(), $1, $1, 1, 'normal', 'sms', $3, '2026-08-04T09:57:00Z', $5, 'mmg', '', $4
         from generate_series(1, $2::int)`,
        [
          SERVICE_ID,
          count,
          columns.status ?? 'delivered',
          columns.number ?? '447900900001',
          columns.sentAt ?? null,
        ],
      );
    const raised = async (name: string) => {
      await query('truncate notify.alerts');
      await app.runScheduled(name);
      return (await query('select key from notify.alerts')).rows.map(({ key }) => key);
    };
    const rates = 'check-for-services-with-high-failure-rates-or-sending-to-tv-numbers';
    now = new Date('2026-08-04T10:30:00Z');
    await texts(7_500, {});
    await texts(2_499, { status: 'permanent-failure' });
    assert.deepEqual(await raised(rates), []);
    await texts(1, { status: 'permanent-failure' });
    assert.deepEqual(await raised(rates), ['high-failure-rates 2026-08-04']);
    await query('truncate notify.notifications');
    await texts(500, { number: '447700900001' });
    assert.deepEqual(await raised(rates), []);
    await texts(1, { number: '447700900002' });
    assert.deepEqual(await raised(rates), ['high-failure-rates 2026-08-04']);

    await query('truncate notify.notifications, notify.alerts');
    await texts(9, { sentAt: '2026-08-04T09:57:00Z' });
    await query("update notify.notifications set updated_at = '2026-08-04T09:57:01Z'");
    await texts(1, { status: 'sending', sentAt: '2026-08-04T09:50:00Z' });
    for (let minute = 1; minute <= 11; minute += 1) {
      now = new Date(Date.parse('2026-08-04T09:59:30Z') + minute * 60_000);
      await app.runScheduled('generate-sms-delivery-stats');
      const { rows } = await query('select key from notify.alerts');
      const wanted = minute < 10 ? [] : [{ key: 'slow-texts 2026-08-04T10:09:00.000Z' }];
      assert.deepEqual(rows, wanted, `minute ${minute}`);
    }
  });
});

/** A token as the printer gives them; only its end is read. */
function tokenUntil(time: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp: Math.floor(time / 1_000) })}.x`;
}

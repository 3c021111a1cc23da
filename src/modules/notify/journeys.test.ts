import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { notify } from './index.ts';
import { newNotificationId } from './notifications/notification.ts';
import { allocateNumber, stopReceiving, switchOff } from './received-texts/number-owners.ts';
import { sealToken } from './secrets/fernet.ts';
import { answerJson, type FakeProvider, startFakeProvider } from './testing/fake-provider.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  SERVICE_ID,
  TEMPLATES,
} from './testing/notify-app.ts';
import {
  createReport,
  downloadReport,
  listReports,
  processReport,
  unsubscribeStatistics,
} from './unsubscribes/unsubscribe-reports.ts';

describe('what happens around messages', () => {
  let app: NotifyApp;
  let receiver: FakeProvider;
  let mmg: FakeProvider;
  before(async () => {
    receiver = await startFakeProvider();
    mmg = await startFakeProvider(answerJson(200, {}));
    app = await createNotifyApp({
      environment: {
        MMG_URL: mmg.url,
        NOTIFY_SES_TOPIC_ARNS: 'arn:aws:sns:eu-west-2:1:ses',
        NOTIFY_SNS_SIGNATURE_CHECK: 'off',
      },
      services: [
        declaredService({
          inbound_number: '07700900456',
          callbacks: {
            delivery_receipts: { url: `${receiver.url}/receipts`, bearer_token: 'receipts-token' },
            received_texts: { url: `${receiver.url}/texts`, bearer_token: 'texts-token' },
            complaints: { url: `${receiver.url}/complaints`, bearer_token: 'complaints-token' },
          },
        }),
      ],
    });
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await mmg[Symbol.asyncDispose]();
  });
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const post = (url: string, payload: string | object, headers: Record<string, string> = {}) =>
    app.test.module('notify').inject({ method: 'POST', url, payload, headers });
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const bodies = () => receiver.calls.map((call) => JSON.parse(call.body));

  it('stores a text that MMG passes on, tells the service, and knows one it has had', async () => {
    receiver.calls.length = 0;
    const text = {
      MSISDN: '447700900999',
      Number: '447700900456',
      Message: 'Caf%C3%A9+%26+%22tea%22%5Cn',
      ID: 'mmg-1',
      DateRecieved: '2026-08-01+09%3A30%3A00',
    };
    const url = '/notifications/sms/receive/mmg';
    assert.equal((await post(url, text)).statusCode, 401);
    assert.equal((await post(url, text, basic('username', 'wrong'))).statusCode, 403);
    for (let time = 0; time < 2; time += 1) {
      assert.equal((await post(url, text, basic('username', 'testkey'))).body, '{"status":"ok"}');
    }
    await app.drain();
    assert.equal(receiver.calls.length, 1);
    const [body] = bodies();
    assert.deepEqual(body, {
      id: body.id,
      source_number: '447700900999',
      destination_number: '07700900456',
      message: 'Café & "tea"\n',
      date_received: '2026-08-01T09:30:00.000000Z',
    });
    assert.equal(receiver.calls[0]?.headers.authorization, 'Bearer texts-token');
    const unknown = await post(
      url,
      { ...text, Number: '447700900000', ID: 'mmg-2' },
      basic('username', 'testkey'),
    );
    assert.equal(unknown.body, 'RECEIVED');
  });

  it('stores a text that Firetext passes on, by London time', async () => {
    receiver.calls.length = 0;
    const form = new URLSearchParams({
      source: '7700900999',
      destination: '07700900456',
      message: 'hi',
      time: '2026-08-01 09:30:00',
    });
    const answer = await post('/notifications/sms/receive/firetext', form.toString(), {
      ...basic('notify', 'testkey'),
      'content-type': 'application/x-www-form-urlencoded',
    });
    assert.equal(answer.body, '{"status":"ok"}');
    await app.drain();
    assert.equal(bodies()[0].date_received, '2026-08-01T08:30:00.000000Z');
    assert.equal(bodies()[0].source_number, '447700900999');
  });

  it('names what a receipt lacks', async () => {
    assert.deepEqual((await post('/notifications/sms/mmg', {})).json(), {
      result: 'error',
      message: ['MMG callback failed: status missing', 'MMG callback failed: CID missing'],
    });
    assert.deepEqual((await post('/notifications/sms/firetext', 'status=0')).json(), {
      result: 'error',
      message: ['Firetext callback failed: reference missing'],
    });
  });

  const addEmail = async (reference: string, status = 'sending', ageHours = 0): Promise<string> => {
    const createdAt = new Date(Date.now() - ageHours * 3_600_000);
    const id = newNotificationId(createdAt.getTime());
    await query(
      `insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
         notification_status, created_at, reference, recipient, normalised_to)
       values ($1, $2, $3, 1, 'normal', 'email', $4, $5, $6, 'ann@example.test', 'ann@example.test')`,
      [id, SERVICE_ID, TEMPLATES.email, status, createdAt, reference],
    );
    return id;
  };
  const statusOf = async (id: string) =>
    (await query('select notification_status from notify.notifications where id = $1', [id])).rows[0]
      ?.notification_status;
  const ses = (message: object) =>
    post('/notifications/email/ses', {
      Type: 'Notification',
      TopicArn: 'arn:aws:sns:eu-west-2:1:ses',
      Message: JSON.stringify(message),
    });

  it('takes what SES reports: deliveries, bounces and, once each, complaints', async () => {
    const mail = (messageId: string) => ({
      messageId,
      timestamp: new Date().toISOString(),
      destination: ['ann@example.test'],
    });
    const [good, hard, soft] = await Promise.all(['ses-a', 'ses-b', 'ses-c'].map((one) => addEmail(one)));
    receiver.calls.length = 0;
    await ses({ notificationType: 'Delivery', mail: mail('ses-a') });
    await ses({
      notificationType: 'Bounce',
      mail: mail('ses-b'),
      bounce: { bounceType: 'Permanent', bouncedRecipients: [] },
    });
    await ses({ notificationType: 'Bounce', mail: mail('ses-c'), bounce: { bounceType: 'Transient' } });
    const complaint = {
      notificationType: 'Complaint',
      mail: mail('ses-a'),
      complaint: { feedbackId: 'f-1', timestamp: '2026-08-01T10:00:00.000Z' },
    };
    await ses(complaint);
    await ses(complaint);
    await app.drain();
    assert.deepEqual(await Promise.all([good, hard, soft].map((id) => statusOf(id ?? ''))), [
      'delivered',
      'permanent-failure',
      'temporary-failure',
    ]);
    const complaints = receiver.calls.filter((call) => call.path === '/complaints');
    assert.equal(complaints.length, 1);
    const body = JSON.parse(complaints[0]?.body ?? '');
    assert.deepEqual(body, {
      notification_id: good,
      complaint_id: body.complaint_id,
      reference: null,
      to: 'ann@example.test',
      complaint_date: '2026-08-01T10:00:00.000000Z',
    });
    const other = await post('/notifications/email/ses', {
      Type: 'Notification',
      TopicArn: 'other',
      Message: '{}',
    });
    assert.equal(other.statusCode, 403);
  });

  it('keeps a receipt that overtakes the note of its reference, and drops one that is old', async () => {
    await ses({
      notificationType: 'Delivery',
      mail: { messageId: 'early', timestamp: new Date().toISOString() },
    });
    await ses({
      notificationType: 'Delivery',
      mail: { messageId: 'never', timestamp: '2020-01-01T00:00:00Z' },
    });
    await app.drain();
    const { rows } = await query(
      "select count(*)::int as waiting from pgboss.job where name = 'notify.process_receipt'",
    );
    assert.deepEqual(rows, [{ waiting: 1 }]);
    const id = await addEmail('early');
    await query("update pgboss.job set start_after = now() where name = 'notify.process_receipt'");
    await app.drain();
    assert.equal(await statusOf(id), 'delivered');
  });

  it('times out what nobody reported on in 72 hours, and tells its service', async () => {
    const [old, young, letter] = [
      await addEmail('t-1', 'sending', 73),
      await addEmail('t-2', 'sending', 71),
      await addEmail('t-3', 'sending', 100),
    ];
    await query("update notify.notifications set notification_type = 'letter' where id = $1", [letter]);
    receiver.calls.length = 0;
    await app.runScheduled('timeout-sending-notifications');
    assert.deepEqual(await Promise.all([old, young, letter].map(statusOf)), [
      'temporary-failure',
      'sending',
      'sending',
    ]);
    assert.equal(bodies().find((body) => body.id === old)?.status, 'temporary-failure');
    await query("update notify.notifications set notification_status = 'delivered' where id = any($1)", [
      [young, letter],
    ]);
  });

  it('gives a message that lost its job a new one, and no second one to a message that waits', async () => {
    const answer = await app.call({
      url: '/v2/notifications/sms',
      body: { template_id: TEMPLATES.sms, phone_number: '07700900123', personalisation: { name: 'x' } },
    });
    const { id } = answer.json<{ id: string }>();
    const old = newNotificationId(Date.now() - 2 * 3_600_000);
    await query(
      "update notify.notifications set id = $2, created_at = now() - interval '2 hours' where id = $1",
      [id, old],
    );
    await query("delete from pgboss.job where name = 'notify.deliver_sms'");
    await query("update notify.providers set active = false where identifier = 'firetext'");
    mmg.calls.length = 0;
    await app.runScheduled('replay-created-notifications');
    await app.runScheduled('replay-created-notifications');
    assert.equal(mmg.calls.length, 1);
    assert.equal(await statusOf(old), 'sending');
  });

  it('gathers requests to unsubscribe into batches, which a service processes', async () => {
    await query('truncate notify.unsubscribe_requests, notify.unsubscribe_reports cascade');
    const ids = [await addEmail('u-1'), await addEmail('u-2'), await addEmail('u-3')];
    const ctx = app.context;
    const unsubscribe = (id: string | undefined, address = 'Ann@example.test') =>
      post(`/unsubscribe/${id}/${sealToken(ctx.keys.token, address, new Date())}`, {});
    for (const id of [ids[0], ids[0], ids[1]]) assert.equal((await unsubscribe(id)).statusCode, 200);
    const [open] = await listReports(ctx, SERVICE_ID);
    assert.deepEqual([open?.batchId, open?.count], [null, 2]);
    assert.ok(open);
    const made = await createReport(ctx, {
      serviceId: SERVICE_ID,
      earliest: open.earliest,
      latest: open.latest,
    });
    assert.equal(made.count, 2);
    assert.equal(
      (await createReport(ctx, { serviceId: SERVICE_ID, earliest: open.earliest, latest: open.latest }))
        .count,
      0,
    );
    await unsubscribe(ids[2]);
    assert.deepEqual((await listReports(ctx, SERVICE_ID)).map(({ count }) => count).sort(), [0, 1, 2]);
    // In a batch that nobody has processed a message stays unsubscribed from.
    await unsubscribe(ids[0]);
    assert.equal((await query('select 1 from notify.unsubscribe_requests')).rows.length, 3);
    assert.equal(await processReport(ctx, { serviceId: SERVICE_ID, id: made.id, isProcessed: true }), true);
    await unsubscribe(ids[0]);
    assert.equal((await query('select 1 from notify.unsubscribe_requests')).rows.length, 4);
    assert.equal(await processReport(ctx, { serviceId: SERVICE_ID, id: made.id, isProcessed: false }), true);
    const download = await downloadReport(ctx, SERVICE_ID, made.id);
    assert.deepEqual(
      download?.lines.map((line) => [line.email_address, line.template_name]),
      [
        ['Ann@example.test', 'An email'],
        ['Ann@example.test', 'An email'],
      ],
    );
    assert.equal(
      await processReport(ctx, { serviceId: TEMPLATES.sms, id: made.id, isProcessed: true }),
      false,
    );
    assert.equal((await unsubscribeStatistics(ctx, SERVICE_ID)).count, 4);
  });

  it('gives a free number to one of two services that ask for it at once', async () => {
    const other = '11111111-1111-4111-8111-111111111115';
    await app.apply([
      declaredService({
        id: other,
        name: 'Other',
        api_keys: [],
        templates: [],
        email_reply_to: [],
        sms_senders: [],
      }),
    ]);
    await query(
      "insert into notify.inbound_numbers (id, number, provider, created_at) values (gen_random_uuid(), '07700900777', 'mmg', now())",
    );
    await query('update notify.inbound_numbers set service_id = null where service_id = $1', [SERVICE_ID]);
    await query("delete from notify.inbound_numbers where number <> '07700900777'");
    const asked = await Promise.all([
      allocateNumber(app.context, SERVICE_ID),
      allocateNumber(app.context, other),
    ]);
    const given = asked.filter((one) => one !== undefined);
    assert.deepEqual(
      given.map(({ number }) => number.number),
      ['07700900777'],
    );
    const owner = asked[0] ? SERVICE_ID : other;
    const senders = () =>
      query(
        'select sms_sender, is_default from notify.sms_senders where service_id = $1 and not archived and is_default',
        [owner],
      );
    assert.equal((await senders()).rows[0].sms_sender, '07700900777');
    await stopReceiving(app.context, owner, { archive: false });
    const { rows } = await query(
      "select service_id, active from notify.inbound_numbers where number = '07700900777'",
    );
    assert.deepEqual(rows, [{ service_id: null, active: true }]);
    assert.equal((await allocateNumber(app.context, other))?.number.number, '07700900777');
    assert.equal(await switchOff(app.context, other), true);
    assert.equal(await allocateNumber(app.context, SERVICE_ID), undefined);
  });

  it('takes a complaint about an email past retention', async () => {
    const id = await addEmail('c-old');
    await query(
      `with gone as (delete from notify.notifications where id = $1 returning *)
       insert into notify.notification_history (id, service_id, template_id, template_version, key_type, reference,
         notification_type, notification_status, created_at, billable_units, international)
       select id, service_id, template_id, template_version, key_type, reference, notification_type,
         notification_status, created_at, billable_units, international from gone`,
      [id],
    );
    receiver.calls.length = 0;
    const complaint = {
      status: 'Complaint',
      provider: 'ses',
      reference: 'c-old',
      receivedAt: new Date().toISOString(),
      feedbackId: 'f-old',
    };
    await app.context.receipts.add(complaint);
    await app.context.receipts.add(complaint);
    await app.drain();
    assert.deepEqual(
      bodies().map((body) => body.notification_id),
      [id],
    );
  });

  it('sends for other modules once for each key, however often and at the same time', async () => {
    const running = app.test.app.modules.find(({ definition }) => definition.name === notify.name);
    const face = running?.module.face as { sendEmail(email: object): Promise<{ notificationId: string }> };
    const email = {
      idempotencyKey: 'k-1',
      to: 'Ann@example.test',
      subject: 'Hi ((x))',
      body: '# Hello',
      correlationId: 'c',
    };
    const sent = await Promise.all(Array.from({ length: 10 }, () => face.sendEmail(email)));
    assert.equal(new Set(sent.map(({ notificationId }) => notificationId)).size, 1);
    const { rows } = await query(
      "select count(*)::int as jobs from pgboss.job where name = 'notify.deliver_internal'",
    );
    assert.deepEqual(rows, [{ jobs: 1 }]);
    await assert.rejects(face.sendEmail({ ...email, idempotencyKey: 'k-2', to: 'nobody' }), {
      message: 'The recipient is not a valid email address',
    });
  });

  it('changes nothing when a file is applied twice, and says what it would change', async () => {
    const running = app.test.app.modules.find(({ definition }) => definition.name === 'notify');
    const section = running?.module.apply;
    assert.ok(section);
    const actor = { kind: 'operator' as const, id: 'test', name: 'test' };
    const file = {
      services: [{ ...declaredService(), limits: { per_minute: 100 }, guest_list: ['07700900123'] }],
    };
    const dry = await section.apply(file, { dryRun: true, actor });
    assert.ok(dry.some(({ change }) => change === 'changed'));
    assert.deepEqual(await section.apply(file, { dryRun: true, actor }), dry);
    await section.apply(file, { dryRun: false, actor });
    const again = await section.apply(file, { dryRun: false, actor });
    assert.ok(
      again.every(({ change }) => change === 'unchanged'),
      JSON.stringify(again),
    );
  });
});

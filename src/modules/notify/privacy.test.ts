import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { answerJson, breakOff, type FakeProvider, startFakeProvider } from './testing/fake-provider.ts';
import { createNotifyApp, declaredService, KEYS, type NotifyApp, TEMPLATES } from './testing/notify-app.ts';

/** Section 8.2 of both specifications: what this traffic must have moved, by its exact name. */
const MEASURED = [
  'concurrent_web_request_count',
  'auth_db_connection_duration_seconds',
  'post_notification_json_parse_duration_seconds',
  'redis_exceeded_rate_limit_duration_seconds algorithm',
  'redis_get_and_incr_daily_limit_duration_seconds',
  'db_connection_total_connected',
  'db_connection_total_checked_out',
  'db_connection_open_duration_seconds',
  'notification_send_duration error_type key_type notification_type provider_name',
  'notification_callback_duration key_type notification_sms_international notification_status notification_type provider_name',
  'notification_deliver_duration key_type notification_sms_international notification_status notification_type provider_name',
  'notification_sms_internationals notification_sms_country_code notification_status',
  'provider_request_duration error_type notification_type provider_name',
  'service_callback_forward_duration callback_attempt callback_type notification_type',
  'inbound_sms provider',
  'provider_sms_legacy_not_delivered_within provider time_window_delivery time_window_evaluation',
  'provider_priority provider',
  'provider_updated_at provider',
  'provider_info provider',
  'celery_task_duration queue status task',
  'celery_task_cpu_time queue status task',
];

/** What must be found nowhere but in the tables of messages, however it is written. */
const PERSONAL = ['zebedee', 'quill', '7700900777', '07700 900777', 'privatetext', 'attic lane'];

describe('personal data', () => {
  let app: NotifyApp;
  let mmg: FakeProvider;
  let receiver: FakeProvider;
  const lines: string[] = [];
  before(async () => {
    mmg = await startFakeProvider(answerJson(200, {}));
    receiver = await startFakeProvider(answerJson(503, {}));
    const destination = { write: (line: string) => void lines.push(line) };
    app = await createNotifyApp({
      log: createLogger({ level: 'debug', name: 'test', destination }),
      // No mail server: emails fail, which is when errors are written down.
      environment: { MMG_URL: mmg.url, FIRETEXT_URL: mmg.url, SMTP_URL: 'smtp://127.0.0.1:1' },
      services: [
        declaredService({
          permissions: ['email', 'sms', 'letter', 'inbound_sms', 'international_sms'],
          inbound_number: '07700900456',
          callbacks: {
            delivery_receipts: { url: receiver.url, bearer_token: 'callback-secret' },
            received_texts: { url: receiver.url, bearer_token: 'callback-secret' },
          },
        }),
      ],
    });
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await mmg[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  it('is in no log line, job, event, failure record or metric, and not in the clear in tables', async () => {
    const personalisation = {
      name: 'Zebedee privatetext',
      address_line_1: 'Zebedee Quill',
      address_line_2: '1 Attic Lane',
      address_line_3: 'SW1A 1AA',
    };
    const call = (channel: string, body: object) => app.call({ url: `/v2/notifications/${channel}`, body });
    mmg.answers.push(answerJson(500, {}), breakOff, answerJson(400, { error: 'to 447700900777' }));
    await call('sms', { template_id: TEMPLATES.sms, phone_number: '07700 900777', personalisation });
    await call('sms', { template_id: TEMPLATES.sms, phone_number: '07700 900777x', personalisation });
    await call('email', {
      template_id: TEMPLATES.email,
      email_address: 'zebedee.quill@example.test',
      personalisation,
    });
    await call('email', { template_id: TEMPLATES.email, email_address: 'zebedee quill', personalisation: 5 });
    await call('letter', { template_id: TEMPLATES.letter, personalisation });
    const server = app.test.module('notify');
    const authorization = `Basic ${Buffer.from('username:testkey').toString('base64')}`;
    const text = { MSISDN: '447700900777', Number: '07700900456', Message: 'privatetext', ID: '1' };
    await server.inject({
      method: 'POST',
      url: '/notifications/sms/receive/mmg',
      payload: text,
      headers: { authorization },
    });
    await server.inject({
      method: 'POST',
      url: '/notifications/sms/mmg',
      payload: { CID: 'x', status: '3', MSISDN: '447700900777' },
    });
    const abroad = await call('sms', {
      template_id: TEMPLATES.sms,
      phone_number: '+33612345678',
      personalisation,
    });
    const { id: CID } = abroad.json<{ id: string }>();
    const deliverytime = '2031-01-01 12:00:00';
    const delivered = { CID, status: '3', deliverytime };
    await server.inject({ method: 'POST', url: '/notifications/sms/mmg', payload: delivered });
    await server.inject({
      method: 'POST',
      url: '/notifications/email/ses',
      payload: { Message: 'zebedee.quill@example.test' },
    });
    const pool = app.test.database.db.pool;
    await pool.query("update notify.providers set updated_at = now() where notification_type = 'sms'");
    await app.drain();

    const everywhere: Record<string, string> = { log: lines.join('') };
    for (const table of [
      'pgboss.job',
      'platform.events',
      'platform.job_failures',
      'notify.queued_callbacks',
      'notify.inbound_sms',
    ]) {
      const { rows } = await pool.query(`select row_to_json(t)::text as line from ${table} t`);
      const isSender = table === 'notify.inbound_sms';
      everywhere[table] = rows
        .map(({ line }) => (isSender ? line.replace(/"user_number":"\d+"/, '') : line))
        .join('\n');
    }
    const { rows } = await pool.query(
      "select encode(personalisation, 'escape') as sealed from notify.notifications",
    );
    everywhere.personalisation = rows.map(({ sealed }) => sealed).join('\n');
    const keys = await pool.query("select encode(secret, 'escape') as sealed from notify.api_keys");
    const sealedKeys = keys.rows.map(({ sealed }) => sealed).join('\n');
    await app.context.providerChoice.watchSlowness();
    const metrics = (await app.test.app.metrics.snapshot()) as {
      name: string;
      values: { labels: object }[];
    }[];
    everywhere.metrics = JSON.stringify(metrics);
    const found = metrics.map(({ name, values }) => {
      const labels = new Set(values.flatMap((value) => Object.keys(value.labels)));
      labels.delete('le');
      return [name, ...(values.length > 0 ? [...labels].sort() : ['never'])].join(' ');
    });
    assert.deepEqual(
      MEASURED.filter((name) => !found.includes(name)),
      [],
    );

    assert.ok((everywhere.log ?? '').includes('send failed, will retry'));
    assert.ok((everywhere['platform.job_failures'] ?? '').includes('SendFailedError'));
    for (const [place, content] of Object.entries(everywhere)) {
      for (const secret of [...PERSONAL, 'callback-secret', ...Object.values(KEYS)]) {
        const at = content.toLowerCase().indexOf(secret);
        assert.equal(at, -1, `${secret} in ${place}: ${content.slice(Math.max(0, at - 200), at + 50)}`);
      }
    }
    for (const secret of Object.values(KEYS)) assert.ok(!sealedKeys.includes(secret));
  });
});

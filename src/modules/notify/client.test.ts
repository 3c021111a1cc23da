// The official Node client against the real listener: every operation it has.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import {
  clientRefusals,
  MORE_OF_THE_SERVICE,
  MORE_TEMPLATES,
  OTHER_SERVICES,
  OTHERS,
  type UntypedClient,
} from './testing/client-refusals.ts';
import { startFakeClamd } from './testing/fake-clamd.ts';
import {
  createNotifyApp,
  declaredService,
  KEYS,
  type NotifyApp,
  SENDERS,
  SERVICE_ID,
  signToken,
  TEMPLATES,
  tokenFor,
} from './testing/notify-app.ts';

/** The client's types leave out some of what the API answers. */
const fieldsOf = (data: object) => data as Record<string, unknown>;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

describe('the official client', () => {
  let app: NotifyApp;
  let clamd: Awaited<ReturnType<typeof startFakeClamd>>;
  let baseUrl: string;
  let client: NotifyClient;
  before(async () => {
    clamd = await startFakeClamd();
    app = await createNotifyApp({
      environment: { NOTIFY_VIRUS_SCANNER: clamd.url },
      services: [
        declaredService({
          inbound_number: '07700900456',
          received_texts: [
            { from: '07700900123', content: 'First' },
            { from: '07700900124', content: 'Second' },
          ],
        }),
      ],
    });
    const server = app.test.module('notify');
    await server.listen({ host: '127.0.0.1', port: 0 });
    baseUrl = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    client = new NotifyClient(baseUrl, `normal_key-${SERVICE_ID}-${KEYS.normal}`);
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await clamd[Symbol.asyncDispose]();
  });

  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);

  it('sends a text message', async () => {
    const { status, data } = await client.sendSms(TEMPLATES.sms, '07700 900123', {
      personalisation: { name: 'Ann' },
      reference: 'ref 1',
      smsSenderId: SENDERS.sms,
    });
    assert.equal(status, 201);
    assert.deepEqual(data, {
      id: data.id,
      reference: 'ref 1',
      content: { body: 'Hello Ann', from_number: 'PIGEONS' },
      uri: `${baseUrl}/v2/notifications/${data.id}`,
      template: {
        id: TEMPLATES.sms,
        version: 1,
        uri: `${baseUrl}/services/${SERVICE_ID}/templates/${TEMPLATES.sms}`,
      },
      scheduled_for: null,
    });
    const found = await client.getNotificationById(data.id);
    assert.equal(found.data.phone_number, '07700 900123');
    assert.equal(found.data.body, 'Hello Ann');
    assert.equal(found.data.status, 'created');
    assert.match(found.data.created_at, TIME);
    assert.equal(found.data.is_cost_data_ready, false);
  });

  it('sends an email', async () => {
    const { status, data } = await client.sendEmail(TEMPLATES.email, 'Ann@Example.test', {
      personalisation: { name: 'Ann' },
      reference: 'ref 2',
      emailReplyToId: SENDERS.email,
      oneClickUnsubscribeURL: 'https://www.example.test/unsubscribe',
    });
    assert.equal(status, 201);
    assert.deepEqual(data.content, {
      from_email: 'pigeon.affairs@notify.tools',
      subject: 'About Ann',
      body: 'Hello Ann\n\n# Your pigeon\n\nIt flew.',
      one_click_unsubscribe_url: 'https://www.example.test/unsubscribe',
    });
    assert.deepEqual(data.sanitised_content, {});
    const found = await client.getNotificationById(data.id);
    assert.equal(found.data.email_address, 'Ann@Example.test');
    assert.equal(fieldsOf(found.data).one_click_unsubscribe_url, 'https://www.example.test/unsubscribe');
    assert.equal(found.data.cost_in_pounds, 0);
  });

  it('sends a letter from a template', async () => {
    const { status, data } = await client.sendLetter(TEMPLATES.letter, {
      personalisation: {
        address_line_1: 'A Person',
        address_line_2: '1 High Street',
        address_line_3: 'SW1A 1AA',
        name: 'Ann',
      },
    });
    assert.equal(status, 201);
    assert.deepEqual(data.content, { body: 'Dear Ann', subject: 'Letter for Ann' });
    const found = await client.getNotificationById(data.id);
    assert.equal(found.data.status, 'accepted');
    assert.equal(found.data.line_1, 'A Person');
    assert.equal(found.data.postage, 'second');
    assert.match(String(fieldsOf(found.data).estimated_delivery), TIME);
  });

  it('sends a letter as PDF', async () => {
    const { status, data } = await client.sendPrecompiledLetter(
      'pdf ref',
      Buffer.from('%PDF-1.5 nonsense'),
      'first',
    );
    assert.equal(status, 201);
    assert.deepEqual(data, { id: data.id, reference: 'pdf ref', postage: 'first' });
    const found = await client.getNotificationById(data.id);
    assert.equal(found.data.status, 'pending-virus-check');
    assert.equal(found.data.line_1, 'Provided as PDF');
    await assert.rejects(
      client.getPdfForLetterNotification(data.id),
      (error: { response: { status: number } }) => {
        return error.response.status === 400;
      },
    );
  });

  it('lists notifications page by page and with filters', async () => {
    const { data } = await client.getNotifications();
    assert.ok(data.notifications.length >= 4);
    assert.equal(data.links.current, `${baseUrl}/v2/notifications`);
    const last = data.notifications.at(-1);
    assert.equal(data.links.next, `${baseUrl}/v2/notifications?older_than=${last?.id}`);
    const second = await client.getNotifications(undefined, undefined, undefined, last?.id);
    assert.deepEqual(second.data.notifications, []);
    assert.equal(second.data.links.next, undefined);
    const filtered = await client.getNotifications('sms', 'created', 'ref 1');
    assert.equal(filtered.data.notifications.length, 1);
    assert.match(filtered.data.links.current, /template_type=sms/);
  });

  it('reads templates and previews them', async () => {
    const one = await client.getTemplateById(TEMPLATES.email);
    assert.equal(one.data.name, 'An email');
    assert.deepEqual(fieldsOf(one.data).personalisation, { name: { required: true } });
    const version = await client.getTemplateByIdAndVersion(TEMPLATES.email, 1);
    assert.equal(version.data.version, 1);
    const all = await client.getAllTemplates();
    assert.deepEqual(
      all.data.templates.map(({ name }: { name: string }) => name),
      ['A letter', 'A text', 'An email'],
    );
    const texts = await client.getAllTemplates('sms');
    assert.equal(texts.data.templates.length, 1);
    const preview = await client.previewTemplateById(TEMPLATES.email, { name: 'Bo' });
    assert.equal(preview.data.subject, 'About Bo');
    assert.match(String(preview.data.html), /<h2/);
  });

  it('reads received texts', async () => {
    const { data } = await client.getReceivedTexts();
    assert.deepEqual(
      data.received_text_messages.map((text: { content: string }) => text.content),
      ['Second', 'First'],
    );
    const [newest] = data.received_text_messages;
    assert.ok(newest);
    assert.equal(newest.user_number, '447700900124');
    assert.equal(newest.notify_number, '07700900456');
    const next = await client.getReceivedTexts(newest.id);
    assert.equal(next.data.received_text_messages.length, 1);
  });

  it('sends to simulated recipients, of which nothing is kept', async () => {
    const sent = await Promise.all([
      client.sendSms(TEMPLATES.sms, '+44 7700 900 000', { personalisation: { name: 'x' } }),
      client.sendEmail(TEMPLATES.email, 'Simulate-Delivered-2@notifications.service.gov.uk', {
        personalisation: { name: client.prepareUpload(Buffer.from('x')) },
      }),
    ]);
    for (const { status, data } of sent) {
      assert.equal(status, 201);
      await assert.rejects(client.getNotificationById(data.id), /404/);
    }
    assert.match(sent[1].data.content.body, /\/services\/[0-9a-f-]{36}\/documents\/test-document/);
  });

  it('sends a letter of five megabytes as PDF', async () => {
    const { status } = await client.sendPrecompiledLetter('large', Buffer.alloc(5 * 1_024 * 1_024, 'x'));
    assert.equal(status, 201);
  });

  it('sends a file by email', async () => {
    const file = client.prepareUpload(Buffer.from('a,b\n1,2\n'), { filename: 'pigeons.csv' });
    const { data } = await client.sendEmail(TEMPLATES.email, 'ann@example.test', {
      personalisation: { name: file },
    });
    assert.match(data.content.body, /\/d\/[\w-]{22}\/[\w-]{22}\?key=[\w-]{43}/);
  });

  const refusalOf = ({ status_code, errors }: Body) =>
    `${status_code} ${errors.map(({ error, message }) => `${error}: ${message}`).join(' | ')}`;

  it('gets each refusal that it can bring about in the words of the contract, and nothing is stored', async () => {
    const { templates } = declaredService();
    await app.apply([
      declaredService({
        ...MORE_OF_THE_SERVICE,
        templates: [...templates, ...MORE_OF_THE_SERVICE.templates],
      }),
      ...OTHER_SERVICES,
    ]);
    await query('update notify.api_keys set expiry_date = now() where service_id = $1', [OTHERS.revoked]);
    app.clearCaches();
    const letter = async (status: string) => {
      const { data } = await client.sendPrecompiledLetter('pdf ref', '%PDF-1.5 nonsense');
      await query('update notify.notifications set notification_status = $2 where id = $1', [
        data.id,
        status,
      ]);
      return data.id;
    };
    const text = await client.sendSms(TEMPLATES.sms, '07700900123', { personalisation: { name: 'x' } });
    const refusals = clientRefusals({
      // Without its types: people who use it from JavaScript have none.
      clientOf: (serviceId = SERVICE_ID, secret = KEYS.normal) =>
        new NotifyClient(baseUrl, serviceId, secret) as unknown as UntypedClient,
      ids: {
        sms: text.data.id,
        virusFound: await letter('virus-scan-failed'),
        failed: await letter('technical-failure'),
        waiting: await letter('pending-virus-check'),
      },
      adminUrl: 'http://localhost:6012',
    });
    const counts = async () =>
      (
        await query(
          'select (select count(*) from notify.notifications), (select sum(count) from notify.daily_counters)',
        )
      ).rows[0];
    const before = await counts();
    for (const { call, answer } of refusals) {
      await assert.rejects(call, ({ response }: { response?: Answer }) => {
        assert.ok(response, answer.slice(0, 200));
        assert.equal(refusalOf(response.data), answer);
        assert.equal(response.status, response.data.status_code, answer);
        assert.equal(response.headers['content-type'], 'application/json');
        const seconds = Number(response.headers['retry-after'] ?? 0);
        if (answer.includes('RateLimitError')) assert.equal(seconds, 120);
        else assert.ok(answer.startsWith('429') ? seconds > 0 && seconds <= 86_400 : seconds === 0, answer);
        return true;
      });
    }
    assert.deepEqual(await counts(), before);
  });

  it('could not bring these about, which are the same', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const signed = (claims: object, header?: object) => `Bearer ${signToken(claims, KEYS.normal, header)}`;
    const general =
      'Invalid token: make sure your API token matches the example at https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header';
    const withHeader: [string | undefined, string][] = [
      [undefined, '401 AuthError: Unauthorized: authentication token must be provided'],
      ['Basic eDp5', '401 AuthError: Unauthorized: authentication bearer scheme must be used'],
      ['Bearer x.y', `403 AuthError: ${general}`],
      [signed({ iat: now }), '403 AuthError: Invalid token: iss field not provided'],
      [
        signed({ iss: SERVICE_ID, iat: now }, { alg: 'HS512' }),
        '403 AuthError: Invalid token: algorithm used is not HS256',
      ],
      [
        signed({ iss: SERVICE_ID, iat: now - 40 }),
        '403 AuthError: Error: Your system clock must be accurate to within 30 seconds',
      ],
      [signed({ iss: SERVICE_ID, iat: now, aud: 'x' }), `403 AuthError: ${general}`],
    ];
    for (const [authorization, answer] of withHeader) {
      const response = await fetch(`${baseUrl}/v2/templates`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      assert.equal(refusalOf((await response.json()) as Body), answer);
      assert.equal(response.headers.get('www-authenticate'), null);
    }
    const sms = { template_id: TEMPLATES.sms, phone_number: '07700900123', personalisation: { name: 'x' } };
    const letter = { template_id: TEMPLATES.letter, personalisation: {} };
    const at = (scheduledFor: unknown) => ({ ...sms, scheduled_for: scheduledFor });
    const requests: [path: string, body: unknown, answer: string][] = [
      ['notifications/sms', '', 'BadRequestError: Invalid JSON supplied in POST data'],
      ['notifications/sms', '{', 'BadRequestError: Invalid JSON supplied in POST data'],
      ['notifications/sms', '[1]', 'ValidationError: [1] is not of type object'],
      [
        'notifications/sms',
        { ...sms, b: 1, a: 2 },
        'ValidationError: Additional properties are not allowed (a, b were unexpected)',
      ],
      [
        'notifications/letter',
        { ...letter, postage: 'first' },
        'ValidationError: Additional properties are not allowed (postage was unexpected)',
      ],
      [
        'notifications/sms',
        at('2000-01-01T00:00'),
        'ValidationError: scheduled_for datetime can not be in the past',
      ],
      [
        'notifications/sms',
        at(new Date(Date.now() + 25 * 3_600_000).toISOString()),
        'ValidationError: scheduled_for datetime can only be 24 hours in the future',
      ],
      [
        'notifications/sms',
        at('soon'),
        'ValidationError: scheduled_for datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601',
      ],
      ['notifications/sms', at(1), 'ValidationError: scheduled_for 1 is not of type string, null'],
      [
        'notifications/sms',
        { ...sms, reference: null },
        'ValidationError: reference None is not of type string',
      ],
      [
        'notifications/letter',
        { reference: 'r', content: 'A' },
        'BadRequestError: Cannot decode letter content (invalid base64 encoding)',
      ],
      [
        'notifications?include_jobs=false',
        undefined,
        'ValidationError: include_jobs false is not one of [true, True]',
      ],
      [
        'notifications?status=created,sending',
        undefined,
        'ValidationError: status created,sending is not one of [cancelled, created, sending, sent, delivered, pending, failed, technical-failure, temporary-failure, permanent-failure, pending-virus-check, validation-failed, virus-scan-failed, returned-letter, accepted, received]',
      ],
      ...['notifications', 'templates', 'received-text-messages'].map((path): [string, undefined, string] => [
        `${path}?page=2`,
        undefined,
        'ValidationError: Additional properties are not allowed (page was unexpected)',
      ]),
    ];
    for (const [path, body, answer] of requests) {
      const url = `/v2/${path}`;
      const response = await app.call({ url, body });
      assert.equal(refusalOf(response.json<Body>()), `400 ${answer}`, url);
    }
    // With the facts of the code beside the usual members.
    const code = await app.call({
      url: '/v2/notifications/letter',
      body: { template_id: MORE_TEMPLATES.code, personalisation: { data: 'é'.repeat(253) } },
    });
    const { data, num_bytes, max_bytes } = code.json<Record<string, unknown>>();
    assert.deepEqual([data, num_bytes, max_bytes], ['é'.repeat(253), 506, 504]);
  });

  it('has a message shown whole, whatever its channel', async () => {
    const shown = async (sent: { data: { id: string } }) => {
      const response = await fetch(`${baseUrl}/v2/notifications/${sent.data.id}`, {
        headers: { authorization: `Bearer ${tokenFor(SERVICE_ID, KEYS.normal, new Date())}` },
      });
      assert.equal(response.headers.get('content-type'), 'application/json');
      const text = await response.text();
      return { text, body: JSON.parse(text) as Record<string, unknown> };
    };
    const common = (sent: { data: { id: string } }, templateId: string) => ({
      id: sent.data.id,
      reference: null,
      email_address: null,
      phone_number: null,
      line_1: null,
      line_2: null,
      line_3: null,
      line_4: null,
      line_5: null,
      line_6: null,
      postcode: null,
      template: {
        id: templateId,
        version: 1,
        uri: `${baseUrl}/v2/template/${templateId}/version/1`,
      },
      created_by_name: null,
      sent_at: null,
      completed_at: null,
      scheduled_for: null,
      postage: null,
      one_click_unsubscribe_url: null,
      cost_details: {},
    });
    const sms = await client.sendSms(TEMPLATES.sms, ' 07700\u200b 900123', {
      personalisation: { name: 'x' },
    });
    const text = await shown(sms);
    assert.deepEqual(text.body, {
      ...common(sms, TEMPLATES.sms),
      phone_number: '07700 900123',
      type: 'sms',
      status: 'created',
      body: 'Hello x',
      subject: null,
      created_at: text.body.created_at,
      is_cost_data_ready: false,
      cost_in_pounds: null,
    });
    const sent = await client.sendEmail(TEMPLATES.email, 'Ann@Example.test', {
      personalisation: { name: 'x' },
    });
    const email = await shown(sent);
    assert.deepEqual(email.body, {
      ...common(sent, TEMPLATES.email),
      email_address: 'Ann@Example.test',
      type: 'email',
      status: 'created',
      body: 'Hello x\n\n# Your pigeon\n\nIt flew.',
      subject: 'About x',
      created_at: email.body.created_at,
      is_cost_data_ready: true,
      cost_in_pounds: 0,
    });
    assert.match(email.text, /"cost_in_pounds":0\.0,"cost_details":\{\}/);
    const posted = await client.sendLetter(TEMPLATES.letter, {
      personalisation: {
        'Address Line 1': 'Not this',
        address_line_1: 'A Person',
        address_line_2: 5,
        address_line_7: 'SW1A 1AA',
        name: '<x> & "y"',
      },
    });
    const letter = await shown(posted);
    assert.deepEqual(letter.body, {
      ...common(posted, TEMPLATES.letter),
      line_1: 'A Person',
      line_2: 5,
      type: 'letter',
      status: 'accepted',
      body: 'Dear <x> & "y"',
      subject: 'Letter for &lt;x&gt; &amp; “y”',
      created_at: letter.body.created_at,
      postage: 'second',
      is_cost_data_ready: false,
      cost_in_pounds: null,
      estimated_delivery: letter.body.estimated_delivery,
    });
    const pdf = await client.sendPrecompiledLetter('r', '%PDF-1.5 nonsense', 'economy');
    const supplied = await shown(pdf);
    const template = supplied.body.template as { id: string };
    assert.deepEqual(supplied.body, {
      ...common(pdf, template.id),
      reference: 'r',
      line_1: 'Provided as PDF',
      type: 'letter',
      status: 'pending-virus-check',
      body: '',
      subject: 'Pre-compiled PDF',
      created_at: supplied.body.created_at,
      postage: 'economy',
      is_cost_data_ready: false,
      cost_in_pounds: null,
      estimated_delivery: supplied.body.estimated_delivery,
    });
    for (const { body } of [text, email, letter, supplied]) assert.match(String(body.created_at), TIME);
  });
});

interface Body {
  status_code: number;
  errors: { error: string; message: string }[];
}
interface Answer {
  status: number;
  headers: Record<string, string>;
  data: Body;
}

// The official Node client against the real listener: every operation it has.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import {
  createNotifyApp,
  declaredService,
  KEYS,
  type NotifyApp,
  SENDERS,
  SERVICE_ID,
  TEMPLATES,
} from './testing/notify-app.ts';

/** The client's types leave out some of what the API answers. */
const fieldsOf = (data: object) => data as Record<string, unknown>;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

describe('the official client', () => {
  let app: NotifyApp;
  let baseUrl: string;
  let client: NotifyClient;
  before(async () => {
    app = await createNotifyApp({
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
  after(() => app[Symbol.asyncDispose]());

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

  it('sends a file by email', async () => {
    const file = client.prepareUpload(Buffer.from('a,b\n1,2\n'), { filename: 'pigeons.csv' });
    const { data } = await client.sendEmail(TEMPLATES.email, 'ann@example.test', {
      personalisation: { name: file },
    });
    assert.match(data.content.body, /\/d\/[\w-]{22}\/[\w-]{22}\?key=[\w-]{43}/);
  });

  it('gets the errors in the shape it reads', async () => {
    await assert.rejects(
      client.sendSms(TEMPLATES.sms, 'pigeon', {}),
      (error: { response: { status: number; data: unknown } }) => {
        assert.equal(error.response.status, 400);
        assert.deepEqual(error.response.data, {
          status_code: 400,
          errors: [{ error: 'ValidationError', message: 'phone_number Must not contain letters or symbols' }],
        });
        return true;
      },
    );
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ADMIN_ENVIRONMENT, AdminClient } from '../testing/admin-client.ts';
import { createNotifyApp, type NotifyApp, newUuid, SERVICE_ID } from '../testing/notify-app.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TS6Z = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

describe('the internal API of one service', () => {
  let app: NotifyApp;
  let admin: AdminClient;
  let now = new Date('2026-08-04T09:00:00Z');
  before(async () => {
    const clock = {
      now: () => {
        // Each look at it takes a millisecond, so what happens later is later.
        now = new Date(now.getTime() + 1);
        return now;
      },
    };
    app = await createNotifyApp({ clock, environment: ADMIN_ENVIRONMENT });
    admin = new AdminClient(app);
  });
  after(() => app[Symbol.asyncDispose]());
  const register = (overrides?: Record<string, unknown>) => admin.register(overrides);
  const createService = (creator: { id: string }, overrides?: Record<string, unknown>) =>
    admin.createService(creator, overrides);

  it('makes API keys whose secret is shown once and works until it is revoked', async () => {
    const user = await register();
    const service = await createService(user, { restricted: false });
    const body = { name: 'Key one', key_type: 'normal', created_by: user.id };
    const { data: secret } = await admin.expect(201, 'POST', `/service/${service.id}/api-key`, body);
    assert.match(secret, UUID);
    assert.equal((await admin.call('POST', `/service/${service.id}/api-key`, body)).statusCode, 400);
    const list = async () => (await admin.expect(200, 'GET', `/service/${service.id}/api-keys`)).apiKeys;
    const [key] = await list();
    assert.ok(!JSON.stringify(key).includes(secret));
    const read = () => app.call({ url: '/v2/notifications', serviceId: service.id, secret });
    assert.equal((await read()).statusCode, 200);
    await admin.expect(202, 'POST', `/service/${service.id}/api-key/revoke/${key.id}`, {
      created_by: user.id,
    });
    assert.equal((await read()).statusCode, 403);
    assert.match((await list())[0].expiry_date, TS6Z);
    now = new Date(now.getTime() + 8 * 86_400_000);
    assert.deepEqual(await list(), []);
    await admin.expect(201, 'POST', `/service/${service.id}/api-key`, body);
  });

  it('edits templates by versions and moves them between folders', async () => {
    const user = await register();
    const service = await createService(user);
    const base = `/service/${service.id}/template`;
    const text = {
      name: 'Hi',
      template_type: 'sms',
      content: 'Hello ((name))',
      service: service.id,
      created_by: user.id,
    };
    const { data: template } = await admin.expect(201, 'POST', base, text);
    assert.equal(template.version, 1);
    assert.equal(template.created_by, user.id);
    assert.deepEqual(await admin.refusal(400, 'POST', base, { ...text, content: 'x'.repeat(919) }), {
      content: ['Content has a character count greater than the limit of 918'],
    });
    assert.deepEqual(await admin.refusal(400, 'POST', base, { ...text, template_type: 'email' }), [
      { error: 'ValidationError', message: 'subject is a required property' },
    ]);
    const { data: changed } = await admin.expect(200, 'POST', `${base}/${template.id}`, {
      content: 'Bye ((name))',
      created_by: user.id,
    });
    assert.equal(changed.version, 2);
    const { data: same } = await admin.expect(200, 'POST', `${base}/${template.id}`, {
      content: 'Bye ((name))',
    });
    assert.equal(same.version, 2);
    const { data: versions } = await admin.expect(200, 'GET', `${base}/${template.id}/versions`);
    assert.deepEqual(
      versions.map((one: { version: number; content: string }) => [one.version, one.content]),
      [
        [2, 'Bye ((name))'],
        [1, 'Hello ((name))'],
      ],
    );
    assert.equal(
      (await admin.expect(200, 'GET', `${base}/${template.id}/version/1`)).data.created_by.id,
      user.id,
    );
    const { data: filled } = await admin.expect(200, 'GET', `${base}/${template.id}/preview?name=Jo`);
    assert.equal(filled.content, 'Bye Jo');
    assert.deepEqual(await admin.refusal(400, 'GET', `${base}/${template.id}/preview`), {
      template: ['Missing personalisation: name'],
    });
    const folders = `/service/${service.id}/template-folder`;
    const { data: outer } = await admin.expect(201, 'POST', folders, { name: 'Outer', parent_id: null });
    const { data: inner } = await admin.expect(201, 'POST', folders, { name: 'Inner', parent_id: outer.id });
    assert.deepEqual(inner.users_with_permission, [user.id]);
    await admin.expect(204, 'POST', `${folders}/${inner.id}/contents`, {
      templates: [template.id],
      folders: [],
    });
    const move = (folder: string, moved: string) =>
      admin.refusal(400, 'POST', `${folders}/${folder}/contents`, { templates: [], folders: [moved] });
    assert.equal(await move(inner.id, outer.id), 'You cannot move a folder to one of its subfolders');
    assert.equal(await move(outer.id, outer.id), 'You cannot move a folder to itself');
    assert.equal(await admin.refusal(400, 'DELETE', `${folders}/${inner.id}`), 'Folder is not empty');
    assert.equal((await admin.expect(200, 'GET', `${base}/${template.id}`)).data.folder, inner.id);
    await admin.expect(200, 'POST', `${base}/${template.id}`, { archived: true });
    await admin.expect(204, 'DELETE', `${folders}/${inner.id}`);
    assert.deepEqual((await admin.expect(200, 'GET', base)).data, []);
    await admin.expect(200, 'POST', `${base}/${template.id}`, {
      redact_personalisation: true,
      created_by: user.id,
    });
    assert.equal(
      (await admin.expect(200, 'GET', `${base}/${template.id}`)).data.redact_personalisation,
      true,
    );
  });

  it('sends one message to a member of a service in trial mode and to nobody else', async () => {
    const user = await register({ mobile_number: '07700900470' });
    const service = await createService(user);
    const template = async (body: object) => {
      const common = { name: 'T', service: service.id, created_by: user.id };
      return (await admin.expect(201, 'POST', `/service/${service.id}/template`, { ...common, ...body })).data
        .id;
    };
    const texts = await template({ template_type: 'sms', content: 'Hello ((name))' });
    const letters = await template({ template_type: 'letter', subject: 'S', content: 'Dear ((name))' });
    const send = (body: object) =>
      [
        'POST' as const,
        `/service/${service.id}/send-notification`,
        {
          template_id: texts,
          to: '07700 900470',
          created_by: user.id,
          personalisation: { name: 'Jo' },
          ...body,
        },
      ] as const;
    const { id } = await admin.expect(201, ...send({}));
    const shown = await admin.expect(200, 'GET', `/service/${service.id}/notifications/${id}`);
    assert.equal(shown.to, '07700 900470');
    assert.equal(shown.created_by.id, user.id);
    assert.equal(shown.template.content, 'Hello ((name))');
    assert.equal(shown.personalisation.name, 'Jo');
    const trial = /^Can’t send to this recipient when service is in trial mode – see https/;
    await admin.expect(204, 'PUT', `/service/${service.id}/guest-list`, {
      email_addresses: [],
      phone_numbers: ['07700900471'],
    });
    assert.match(String(await admin.refusal(400, ...send({ to: '07700900471' }))), trial);
    assert.match(String(await admin.refusal(400, ...send({ template_id: letters, to: 'x' }))), trial);
    assert.equal(await admin.refusal(400, ...send({ personalisation: {} })), 'Missing personalisation: name');
    assert.equal(
      await admin.refusal(400, ...send({ personalisation: { name: 'x'.repeat(913) } })),
      'Your message is too long. Text messages cannot be longer than 918 characters. Your message is 919 characters long.',
    );
    assert.equal(await admin.refusal(400, ...send({ sender_id: newUuid() })), 'SMS sender not found');
    const stranger = await register({ name: 'A Stranger' });
    assert.equal(
      await admin.refusal(400, ...send({ created_by: stranger.id })),
      `Can’t create notification - A Stranger is not part of the "${service.name}" service`,
    );
    await admin.expect(200, 'POST', `/service/${service.id}`, { sms_message_limit: 1 });
    assert.equal(await admin.refusal(429, ...send({})), 'Exceeded send limits (sms: 1) for today');
    const { data } = await admin.expect(200, 'GET', `/service/${service.id}/statistics?today_only=True`);
    assert.equal(data.sms.requested, 1);
    const use = await admin.expect(200, 'GET', `/service/${service.id}/template-statistics?whole_days=0`);
    assert.equal(use.data[0].template_id, texts);
    const last = await admin.expect(
      200,
      'GET',
      `/service/${service.id}/template-statistics/last-used/${texts}`,
    );
    assert.match(last.last_date_used, TS6Z);
  });

  it('keeps one default sender of each kind', async () => {
    const user = await register();
    const service = await createService(user);
    const path = `/service/${service.id}/email-reply-to`;
    const noDefault = 'You must have at least one reply to email address as the default.';
    const one = { email_address: 'one@example.gov.uk', is_default: true };
    assert.equal(await admin.refusal(400, 'POST', path, { ...one, is_default: false }), noDefault);
    const { data: first } = await admin.expect(201, 'POST', path, one);
    assert.equal(
      await admin.refusal(409, 'POST', path, one),
      '‘one@example.gov.uk’ is already a reply-to email address for this service.',
    );
    const { data: second } = await admin.expect(201, 'POST', path, {
      ...one,
      email_address: 'two@example.gov.uk',
    });
    const listed = await admin.expect(200, 'GET', path);
    assert.deepEqual(
      listed.map((sender: { id: string; is_default: boolean }) => [sender.id, sender.is_default]),
      [
        [second.id, true],
        [first.id, false],
      ],
    );
    assert.equal(
      await admin.refusal(400, 'POST', `${path}/${second.id}/archive`),
      'You cannot delete a default email reply to address',
    );
    await admin.expect(200, 'POST', `${path}/${first.id}/archive`);
    const texts = `/service/${service.id}/sms-sender`;
    const created = await admin.expect(201, 'POST', texts, { sms_sender: 'PIGEON', is_default: true });
    assert.equal(created.sms_sender, 'PIGEON');
    assert.equal(await admin.expect(200, 'GET', '/protected-sender-id/check?sender_id=HM%20RC'), false);
    assert.equal(
      await admin.refusal(400, 'GET', '/protected-sender-id/check'),
      'sender_id must be passed in',
    );
  });

  it('finds messages by filters, by their recipient and page by page', async () => {
    const url = (query: string) => `/service/${SERVICE_ID}/notifications${query}`;
    for (const [place, reference] of ['Ref-A', 'ref-b', 'other'].entries()) {
      const response = await app.call({
        url: '/v2/notifications/sms',
        body: {
          template_id: '33333333-3333-4333-8333-333333333331',
          phone_number: `0770090048${place}`,
          reference,
          personalisation: { name: 'x' },
        },
      });
      assert.equal(response.statusCode, 201, response.body);
    }
    const ids = async (query: string) =>
      (await admin.expect(200, 'GET', url(query))).notifications.map((one: { to: string }) => one.to);
    assert.deepEqual(await ids(''), ['07700900482', '07700900481', '07700900480']);
    assert.deepEqual(await ids('?to=900481&template_type=sms'), ['07700900481']);
    assert.deepEqual(await ids('?to=ref-'), ['07700900481', '07700900480']);
    assert.deepEqual(await ids('?status=delivered'), []);
    assert.deepEqual(await ids('?template_type=email&template_type=letter'), []);
    const first = await admin.expect(200, 'GET', url('?page_size=2'));
    assert.deepEqual(first.links, { next: true });
    assert.equal(first.page_size, 2);
    const second = await admin.expect(200, 'GET', url('?page_size=2&page=2'));
    assert.deepEqual(second.links, { prev: true });
    const csv = await admin.expect(
      200,
      'GET',
      url(`/csv?page_size=2&older_than=${first.notifications[0].id}`),
    );
    assert.deepEqual(
      csv.notifications.map((line: Record<string, unknown>) => [
        line.recipient,
        line.client_reference,
        line.status,
        line.api_key_name,
        line.row_number,
      ]),
      [
        ['07700900481', 'ref-b', 'Sending', 'normal key', ''],
        ['07700900480', 'Ref-A', 'Sending', 'normal key', ''],
      ],
    );
    assert.deepEqual(await admin.refusal(400, 'GET', url('?page=0')), { page: ['Not a positive integer'] });
    assert.deepEqual((await admin.expect(200, 'GET', url(`/csv?older_than=${newUuid()}`))).notifications, []);
  });
});

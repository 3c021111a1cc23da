import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { ADMIN_ENVIRONMENT, AdminClient } from '../testing/admin-client.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  newUuid,
  SERVICE_ID,
} from '../testing/notify-app.ts';

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

  it('calls services back where they say, and never shows the token', async () => {
    const user = await register();
    const service = await createService(user);
    const path = `/service/${service.id}/callback-api`;
    const body = {
      url: 'https://receiver.example.test/hook',
      bearer_token: 'a secret token',
      updated_by_id: user.id,
      callback_type: 'delivery_status',
    };
    const { data } = await admin.expect(201, 'POST', path, body);
    assert.deepEqual(Object.keys(data), [
      'id',
      'service_id',
      'url',
      'updated_by_id',
      'created_at',
      'updated_at',
    ]);
    assert.deepEqual(await admin.refusal(400, 'POST', path, { ...body, url: 'http://plain.example.test' }), [
      { error: 'ValidationError', message: 'url is not a valid https url' },
    ]);
    assert.equal((await admin.call('POST', path, body)).statusCode, 400);
    const { data: shown } = await admin.expect(200, 'GET', `/service/${service.id}`);
    assert.deepEqual(shown.service_callback_api, [
      { callback_id: data.id, callback_type: 'delivery_status' },
    ]);
    const change = { ...body, url: 'https://other.example.test/' };
    assert.equal((await admin.expect(200, 'POST', `${path}/${data.id}`, change)).data.url, change.url);
    await admin.expect(204, 'DELETE', `${path}/${data.id}?callback_type=delivery_status`);
    assert.equal(
      await admin.refusal(404, 'DELETE', `${path}/${data.id}?callback_type=inbound_sms`),
      'Service inbound API not found',
    );
  });

  it('keeps messages for as long as a service says', async () => {
    const service = await createService(await register());
    const path = `/service/${service.id}/data-retention`;
    const body = { notification_type: 'sms', days_of_retention: 30 };
    const { result } = await admin.expect(201, 'POST', path, body);
    assert.equal(result.service_name, service.name);
    assert.equal(
      await admin.refusal(400, 'POST', path, body),
      'Service already has data retention for sms notification type',
    );
    await admin.expect(204, 'POST', `${path}/${result.id}`, { days_of_retention: 5 });
    const found = await admin.expect(200, 'GET', `${path}/notification-type/sms`);
    assert.equal(found.days_of_retention, 5);
    assert.deepEqual(await admin.expect(200, 'GET', `${path}/notification-type/email`), {});
  });

  it('invites people by a link that lasts two days', async () => {
    const user = await register({ name: 'The Inviter' });
    const service = await createService(user);
    const body = {
      service: service.id,
      email_address: 'New.Colleague@example.gov.uk',
      from_user: user.id,
      permissions: 'send_texts,manage_users',
      invite_link_host: 'https://join.example.test',
    };
    const { data: invite } = await admin.expect(201, 'POST', `/service/${service.id}/invite`, body);
    assert.equal(invite.email_address, 'new.colleague@example.gov.uk');
    const { notifications } = await admin.expect(200, 'POST', `/service/${NOTIFY_SERVICE_ID}/notifications`, {
      to: 'new.colleague@example.gov.uk',
    });
    assert.equal(notifications[0].reply_to_text, user.email_address);
    const token = notifications[0].personalisation.url.split('/').at(-1);
    const open = `/invite/service/check/${token}`;
    assert.equal((await admin.expect(200, 'GET', open)).data.id, invite.id);
    assert.equal((await admin.expect(200, 'GET', `/invite/service/${invite.id}`)).data.status, 'pending');
    const damaged = (await admin.refusal(400, 'GET', `${open.slice(0, -6)}AAAAAA`)) as { invitation: string };
    assert.match(damaged.invitation, /^Something’s wrong with this link/);
    await admin.expect(200, 'POST', `/service/${service.id}/invite/${invite.id}`, { status: 'accepted' });
    now = new Date(now.getTime() + 49 * 3_600_000);
    const late = (await admin.refusal(400, 'GET', open)) as { invitation: string };
    assert.match(late.invitation, /has expired/);
    const organisation = await admin.expect(201, 'POST', '/organisations', {
      name: 'Office of Invitations',
      crown: false,
      organisation_type: 'local',
    });
    const { data: second } = await admin.expect(201, 'POST', `/organisation/${organisation.id}/invite`, {
      email_address: 'boss@example.gov.uk',
      invited_by: user.id,
      permissions: ['can_make_services_live'],
    });
    assert.deepEqual(second.permissions, ['can_make_services_live']);
    assert.equal(
      await admin.refusal(400, 'POST', `/organisations/${organisation.id}/archive`),
      'Cannot archive an organisation with team members or invited team members',
    );
  });

  it('tells prices, with and without a slash, and switches providers', async () => {
    for (const path of ['/sms-rate', '/sms-rate/']) {
      assert.deepEqual(await admin.expect(200, 'GET', path), {
        rate: 0.024,
        valid_from: '2026-03-31T23:00:00',
      });
    }
    const rates = await admin.expect(200, 'GET', '/letter-rates/');
    assert.equal(rates.length, 25);
    const economy = rates.find(
      (rate: { post_class: string; sheet_count: number }) =>
        rate.post_class === 'economy' && rate.sheet_count === 1,
    );
    assert.equal(economy.rate, '0.638');
    const { provider_details: providers } = await admin.expect(200, 'GET', '/provider-details');
    const mmg = providers.find(({ identifier }: { identifier: string }) => identifier === 'mmg');
    const { provider_details: changed } = await admin.expect(200, 'POST', `/provider-details/${mmg.id}`, {
      priority: 70,
      reason: 'The other one is slow',
    });
    assert.equal(changed.priority, 70);
    assert.equal(changed.version, 2);
    const { data: versions } = await admin.expect(200, 'GET', `/provider-details/${mmg.id}/versions`);
    assert.deepEqual(
      versions.map(({ version, priority }: { version: number; priority: number }) => [version, priority]),
      [
        [2, 70],
        [1, 51],
      ],
    );
    assert.deepEqual(await admin.refusal(400, 'POST', `/provider-details/${mmg.id}`, { identifier: 'x' }), {
      identifier: ['Not permitted to be updated'],
    });
  });

  it('shows received texts to their service alone', async () => {
    const number = '07700900499';
    await app.apply([
      declaredService({ inbound_number: number, received_texts: [{ from: '07700900111', content: 'Coo' }] }),
    ]);
    const path = `/service/${SERVICE_ID}/inbound-sms`;
    const { data } = await admin.expect(200, 'POST', path, { phone_number: '07700900111' });
    assert.equal(data[0].content, 'Coo');
    assert.equal((await admin.expect(200, 'GET', `${path}/${data[0].id}`)).user_number, '447700900111');
    assert.equal((await admin.expect(200, 'GET', `${path}/summary`)).count, 1);
    assert.equal((await admin.expect(200, 'GET', `${path}/most-recent`)).has_next, false);
    const other = await createService(await register());
    await admin.expect(404, 'GET', `/service/${other.id}/inbound-sms/${data[0].id}`);
    assert.deepEqual((await admin.expect(200, 'POST', `/service/${other.id}/inbound-sms`, {})).data, []);
    const { data: owned } = await admin.expect(200, 'GET', `/inbound-number/service/${SERVICE_ID}`);
    assert.equal(owned.number, number);
  });

  it('makes a bulk send of a checked file, once', async () => {
    const user = await register({ mobile_number: '07700900466' });
    const service = await createService(user);
    const body = {
      name: 'Bulk',
      template_type: 'sms',
      content: 'Hi ((name))',
      service: service.id,
      created_by: user.id,
    };
    const { data: template } = await admin.expect(201, 'POST', `/service/${service.id}/template`, body);
    const upload = await app.bulkSends().upload({
      serviceId: service.id,
      fileName: 'people.csv',
      content: Buffer.from('phone number,name\n07700900466,Jo\n07700900466,Sam\n'),
    });
    const path = `/service/${service.id}/job`;
    await admin.expect(404, 'GET', `${path}/${upload.id}`);
    const send = { id: upload.id, created_by: user.id };
    assert.equal(await admin.refusal(400, 'POST', path, send), "File is not valid, can't create job");
    await app.bulkSends().check({ serviceId: service.id, uploadId: upload.id, templateId: template.id });
    const past = { ...send, scheduled_for: '2020-01-01T00:00:00' };
    assert.deepEqual(await admin.refusal(400, 'POST', path, past), {
      scheduled_for: ['Date cannot be in the past'],
    });
    const later = { ...send, scheduled_for: new Date(now.getTime() + 3_600_000).toISOString() };
    const { data: job } = await admin.expect(201, 'POST', path, later);
    assert.equal(job.job_status, 'scheduled');
    assert.deepEqual(job.statistics, []);
    assert.equal((await admin.expect(200, 'GET', `${path}/scheduled-job-stats`)).count, 1);
    assert.equal((await admin.expect(200, 'GET', path)).total, 1);
    assert.deepEqual(await admin.expect(200, 'GET', `${path}/${job.id}/notification_count`), { count: 0 });
    assert.equal((await admin.expect(200, 'POST', `${path}/${job.id}/cancel`)).data.job_status, 'cancelled');
    await admin.expect(404, 'POST', `${path}/${job.id}/cancel`);
    const letters = await admin.expect(400, 'POST', `${path}/${job.id}/cancel-letter-job`);
    assert.match(letters.message, /^Only letter jobs can be cancelled/);
  });
});

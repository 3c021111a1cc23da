import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { NHS_EMAIL_BRAND_ID, NHS_LETTER_BRAND_ID } from '../organisations/organisations.ts';
import { setInboundNumber } from '../services/apply-queries.ts';
import { ADMIN_ENVIRONMENT, AdminClient } from '../testing/admin-client.ts';
import { type MailSink, startMailSink } from '../testing/mail-sink.ts';
import { createNotifyApp, type NotifyApp, newUuid, SERVICE_ID, TEMPLATES } from '../testing/notify-app.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const S = `/service/${SERVICE_ID}`;

describe('the internal API about brands, people and numbers', () => {
  let app: NotifyApp;
  let admin: AdminClient;
  let sink: MailSink;
  // biome-ignore lint/suspicious/noExplicitAny: the answer of the API
  let someone: any;
  let now = new Date('2026-08-04T09:00:00Z');
  before(async () => {
    const clock = {
      now: () => {
        now = new Date(now.getTime() + 1);
        return now;
      },
    };
    sink = await startMailSink();
    app = await createNotifyApp({ clock, environment: { ...ADMIN_ENVIRONMENT, SMTP_URL: sink.url } });
    admin = new AdminClient(app);
    someone = await admin.register();
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });

  const mailTo = async (to: string) => {
    const path = `/service/${NOTIFY_SERVICE_ID}/notifications`;
    const { notifications } = await admin.expect(200, 'POST', path, { to });
    return notifications[0];
  };
  const organisation = (overrides: Record<string, unknown> = {}) =>
    admin.expect(201, 'POST', '/organisations', {
      name: `Organisation ${newUuid()}`,
      crown: true,
      organisation_type: 'central',
      ...overrides,
    });

  it('keeps brands of emails, whose names and texts are their own', async () => {
    const user = someone;
    const body = {
      name: ' Loft ',
      alt_text: 'Loft',
      logo: 'loft.png',
      colour: '#123abc',
      created_by: user.id,
    };
    const { data: brand } = await admin.expect(201, 'POST', '/email-branding', body);
    assert.deepEqual(
      { ...brand, id: '', created_at: '' },
      {
        id: '',
        colour: '#123abc',
        logo: 'loft.png',
        name: 'Loft',
        text: null,
        brand_type: 'org',
        alt_text: 'Loft',
        created_by: user.id,
        created_at: '',
        updated_at: null,
      },
    );
    assert.deepEqual(await admin.refusal(400, 'POST', '/email-branding', { name: 'Loft', text: 'x' }), {
      name: ['An email branding with that name already exists.'],
    });
    const oneOf = 'Email branding must have exactly one of alt_text and text.';
    assert.equal(await admin.refusal(400, 'POST', '/email-branding', { name: 'None' }), oneOf);
    const both = { name: 'Both', text: 'a', alt_text: 'b' };
    assert.equal(await admin.refusal(400, 'POST', '/email-branding', both), oneOf);
    const path = `/email-branding/${brand.id}`;
    assert.equal(await admin.refusal(400, 'POST', path, { text: 'too' }), oneOf);
    const { data: changed } = await admin.expect(200, 'POST', path, { text: 'Too', alt_text: null });
    assert.equal(changed.text, 'Too');
    const { email_branding: list } = await admin.expect(200, 'GET', '/email-branding');
    assert.deepEqual(
      list.map(({ name }: { name: string }) => name),
      ['Loft', 'NHS'],
    );
    const free = (altText: string) =>
      admin.expect(200, 'POST', '/email-branding/get-name-for-alt-text/', { alt_text: altText });
    assert.deepEqual(await free('Dovecote'), { name: 'Dovecote' });
    assert.deepEqual(await free('Loft'), { name: 'Loft (alternate 1)' });

    const service = await admin.createService(user);
    await admin.expect(200, 'POST', `/service/${service.id}`, { email_branding: brand.id });
    assert.deepEqual((await admin.expect(200, 'GET', `${path}/orgs_and_services`)).data, {
      organisations: [],
      services: [{ id: service.id, name: service.name }],
    });
    assert.equal(
      await admin.refusal(400, 'POST', `${path}/archive`),
      "Email branding is in use and so it can't be archived.",
    );
    await admin.expect(200, 'POST', `/service/${service.id}`, { email_branding: null });
    await admin.expect(204, 'POST', `${path}/archive`);
    await admin.expect(204, 'POST', `${path}/archive`);
    const { email_branding: archived } = await admin.expect(200, 'GET', path);
    assert.match(archived.name, /^_archived_\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d_Loft$/);
    assert.equal(await admin.refusal(404, 'GET', `/email-branding/${newUuid()}`), 'No result found');
    assert.equal(
      await admin.refusal(404, 'POST', `/service/${service.id}`, { email_branding: newUuid() }),
      'No result found',
    );
  });

  it('keeps brands of letters', async () => {
    const body = { name: 'Loft', filename: 'loft' };
    const brand = await admin.expect(201, 'POST', '/letter-branding', body);
    assert.match(brand.id, UUID);
    const taken = { name: ['Name already in use'] };
    assert.deepEqual(await admin.refusal(400, 'POST', '/letter-branding', { ...body, filename: 'b' }), taken);
    assert.deepEqual(await admin.refusal(400, 'POST', '/letter-branding', { ...body, name: 'b' }), {
      filename: ['Filename already in use'],
    });
    const changed = await admin.expect(201, 'POST', `/letter-branding/${brand.id}`, {
      ...body,
      name: 'Cote',
    });
    assert.equal(changed.name, 'Cote');
    assert.deepEqual(
      (await admin.expect(200, 'GET', '/letter-branding')).map(({ name }: { name: string }) => name),
      ['Cote', 'NHS'],
    );
    assert.deepEqual(await admin.expect(200, 'POST', '/letter-branding/get-unique-name', { name: 'NHS' }), {
      name: 'NHS (alternate 1)',
    });
    assert.deepEqual(
      (await admin.expect(200, 'GET', `/letter-branding/${brand.id}/orgs_and_services`)).data,
      {
        organisations: [],
        services: [],
      },
    );
  });

  it('gives an organisation’s brands to its services, and lets them choose from its pool', async () => {
    const nhs = await organisation({ organisation_type: 'nhs_local', crown: false });
    assert.equal(nhs.email_branding_id, NHS_EMAIL_BRAND_ID);
    assert.equal(nhs.letter_branding_id, NHS_LETTER_BRAND_ID);
    const pool = `/organisations/${nhs.id}/email-branding-pool`;
    assert.deepEqual(
      (await admin.expect(200, 'GET', pool)).data.map(({ id }: { id: string }) => id),
      [NHS_EMAIL_BRAND_ID],
    );
    assert.equal(
      await admin.refusal(400, 'DELETE', `${pool}/${NHS_EMAIL_BRAND_ID}`),
      "You cannot remove an organisation's default email branding",
    );
    const { data: brand } = await admin.expect(201, 'POST', '/email-branding', {
      name: 'Trust',
      text: 'Trust',
    });
    await admin.expect(404, 'POST', pool, { branding_ids: [brand.id, newUuid()] });
    assert.equal((await admin.expect(200, 'GET', pool)).data.length, 1);
    await admin.expect(204, 'POST', pool, { branding_ids: [brand.id, brand.id] });
    await admin.expect(204, 'DELETE', `${pool}/${brand.id}`);
    await admin.expect(404, 'DELETE', `${pool}/${brand.id}`);

    const user = await admin.register({ email_address: `somebody@${newUuid()}.nhs.uk` });
    const alone = await admin.createService(user);
    assert.equal(alone.email_branding, NHS_EMAIL_BRAND_ID);
    const plain = await organisation();
    const service = await admin.createService(someone);
    assert.equal(service.email_branding, null);
    await admin.expect(204, 'POST', `/organisations/${plain.id}/service`, { service_id: service.id });
    await admin.expect(204, 'POST', `/organisations/${plain.id}/service`, { service_id: alone.id });
    await admin.expect(204, 'POST', `/organisations/${plain.id}`, { email_branding_id: brand.id });
    const brandOf = async (id: string) =>
      (await admin.expect(200, 'GET', `/service/${id}`)).data.email_branding;
    assert.equal(await brandOf(service.id), brand.id);
    assert.equal(await brandOf(alone.id), NHS_EMAIL_BRAND_ID);
    const notify = await admin.createService(user, { organisation_type: 'nhs_notify' });
    assert.equal(notify.organisation, '477f8870-af2b-4b81-9a2c-1fad12028919');
  });

  it('resets the allowance of services whose organisation is of another kind', async () => {
    const council = await organisation({ organisation_type: 'other' });
    const service = await admin.createService(someone);
    const allowance = `/service/${service.id}/billing/free-sms-fragment-limit`;
    await admin.expect(201, 'POST', allowance, { free_sms_fragment_limit: 7 });
    await admin.expect(204, 'POST', `/organisations/${council.id}/service`, { service_id: service.id });
    assert.equal((await admin.expect(200, 'GET', allowance)).free_sms_fragment_limit, 5_000);
    await admin.expect(204, 'POST', `/organisations/${council.id}`, { organisation_type: 'central' });
    assert.equal((await admin.expect(200, 'GET', allowance)).free_sms_fragment_limit, 20_000);
  });

  it('puts the brand of a service on its emails', async () => {
    const service = async () => {
      app.clearCaches();
      return app.context.services.get(SERVICE_ID);
    };
    assert.equal((await service())?.emailBrand, null);
    const brand = { name: 'Pigeons', text: 'Ministry <of> Pigeons', logo: 'p.png', colour: '#00ff00' };
    const { data } = await admin.expect(201, 'POST', '/email-branding', {
      ...brand,
      brand_type: 'org_banner',
    });
    await admin.expect(200, 'POST', S, { email_branding: data.id });
    const response = await app.call({
      url: '/v2/notifications/email',
      body: {
        template_id: TEMPLATES.email,
        email_address: 'reader@example.test',
        personalisation: { name: 'Jo' },
      },
    });
    assert.equal(response.statusCode, 201, response.body);
    await app.drain();
    const html = sink.mails.find(({ subject }) => subject === 'About Jo')?.html ?? '';
    assert.ok(html.includes('https://static-logos.admin.example.test/p.png'), html);
    assert.ok(html.includes('bgcolor="#00ff00"') && html.includes('Ministry &lt;of&gt; Pigeons'), html);
    assert.ok(!html.includes('GOV.UK'));
    await admin.expect(200, 'POST', S, { email_branding: null });
    app.clearCaches();
  });

  it('keeps security keys, and never lets the last one go', async () => {
    const user = await admin.register({ auth_type: 'webauthn_auth' });
    const path = `/user/${user.id}/webauthn`;
    const body = { name: 'Blue', credential_data: 'data', registration_response: 'response' };
    const { data: first } = await admin.expect(201, 'POST', path, body);
    assert.deepEqual(Object.keys(first), [
      'id',
      'user_id',
      'name',
      'credential_data',
      'created_at',
      'updated_at',
      'logged_in_at',
    ]);
    assert.deepEqual(await admin.refusal(400, 'POST', path, { ...body, name: '', colour: 'blue' }), [
      { error: 'ValidationError', message: 'name  should be non-empty' },
      {
        error: 'ValidationError',
        message: 'Additional properties are not allowed (colour was unexpected)',
      },
    ]);
    const last = 'Cannot delete last remaining webauthn credential for user';
    assert.equal(await admin.refusal(400, 'DELETE', `${path}/${first.id}`), last);
    const { data: second } = await admin.expect(201, 'POST', path, { ...body, name: 'Red' });
    const other = someone;
    await admin.expect(404, 'DELETE', `/user/${other.id}/webauthn/${second.id}`);
    const renamed = await admin.expect(200, 'POST', `${path}/${second.id}`, { name: 'Green' });
    assert.equal(renamed.data.name, 'Green');
    await admin.expect(204, 'POST', `/user/${user.id}/complete/webauthn-login`, {
      successful: true,
      webauthn_credential_id: second.id,
    });
    const { data: keys } = await admin.expect(200, 'GET', path);
    assert.deepEqual(
      keys.map((key: { name: string; logged_in_at: string | null }) => [key.name, key.logged_in_at !== null]),
      [
        ['Green', true],
        ['Blue', false],
      ],
    );
    // Both at once: one stays.
    const outcomes = await Promise.all(
      [first, second].map((key) => admin.call('DELETE', `${path}/${key.id}`)),
    );
    assert.deepEqual(outcomes.map(({ statusCode }) => statusCode).sort(), [204, 400]);
  });

  it('lets people ask to join a service, and managers decide', async () => {
    const [manager, stranger, requester] = [
      await admin.register({ name: 'The Manager' }),
      await admin.register(),
      await admin.register({ name: 'The Requester', mobile_number: null, auth_type: 'email_auth' }),
    ];
    const service = await admin.createService(manager);
    const path = `/service/${service.id}/service-join-request`;
    const body = {
      requester_id: requester.id,
      contacted_user_ids: [manager.id, stranger.id],
      invite_link_host: 'https://join.example.test',
      reason: 'I work on it',
    };
    const nobody = { ...body, contacted_user_ids: [stranger.id] };
    assert.equal(await admin.refusal(400, 'POST', path, nobody), 'no-valid-service-managers-ids');
    assert.equal(
      await admin.refusal(400, 'POST', path, { ...body, requester_id: manager.id }),
      'user-already-in-service',
    );
    assert.deepEqual(await admin.refusal(400, 'POST', path, { ...body, contacted_user_ids: [] }), [
      { error: 'ValidationError', message: 'contacted_user_ids [] should be non-empty' },
    ]);
    const { service_join_request_id: id } = await admin.expect(201, 'POST', path, body);
    const { service_join_request_id: otherId } = await admin.expect(201, 'POST', path, body);
    const asked = await mailTo(manager.email_address);
    assert.equal(
      asked.personalisation.url,
      `https://join.example.test/services/${service.id}/join-request/${otherId}/approve`,
    );
    assert.equal(asked.personalisation.reason, 'I work on it');
    assert.deepEqual((await mailTo(requester.email_address)).personalisation.service_admin_names.length, 1);
    const shown = await admin.expect(200, 'GET', `${path}/${id}`);
    assert.deepEqual(shown.contacted_service_users, [manager.id]);
    assert.equal(shown.requester.name, 'The Requester');
    const decision = {
      status_changed_by_id: manager.id,
      status: 'approved',
      permissions: ['send_texts'],
      folder_permissions: [],
      // Without a number nobody can be sent codes.
      auth_type: 'sms_auth',
    };
    // Two managers at once make one member.
    await Promise.all([1, 2].map(() => admin.expect(200, 'POST', `${path}/${id}`, decision)));
    const { data: member } = await admin.expect(200, 'GET', `/user/${requester.id}`);
    assert.deepEqual(member.permissions, { [service.id]: ['send_texts'] });
    assert.equal(member.auth_type, 'email_auth');
    assert.equal((await admin.expect(200, 'GET', `${path}/${otherId}`)).status, 'cancelled');
    const told = await mailTo(requester.email_address);
    assert.equal(told.template.name, 'Request to join approved');
    await admin.expect(404, 'GET', `${S}/service-join-request/${id}`);
  });

  it('mails those who may let a service go live', async () => {
    const [asker, approver] = [await admin.register(), await admin.register()];
    const body = await organisation();
    const service = await admin.createService(asker);
    await admin.expect(204, 'POST', `/organisations/${body.id}/service`, { service_id: service.id });
    await admin.expect(200, 'POST', `/organisations/${body.id}/users/${approver.id}`, {
      permissions: [{ permission: 'can_make_services_live' }],
    });
    const ask = `/organisations/notify-users-of-request-to-go-live/${service.id}`;
    await admin.expect(400, 'POST', ask);
    await admin.expect(200, 'POST', `/service/${service.id}`, {
      has_active_go_live_request: true,
      go_live_user: asker.id,
    });
    await admin.expect(204, 'POST', ask);
    assert.match(
      (await mailTo(approver.email_address)).personalisation.make_service_live_link,
      /\/make-service-live$/,
    );
    assert.deepEqual((await mailTo(asker.email_address)).personalisation.organisation_team_member_names, [
      approver.name,
    ]);
    const reject = `/organisations/notify-service-member-of-rejected-go-live-request/${service.id}`;
    await admin.expect(204, 'POST', reject, {
      name: asker.name,
      service_name: service.name,
      organisation_name: body.name,
      reason: 'Too\nmany pigeons',
      organisation_team_member_name: approver.name,
      organisation_team_member_email: approver.email_address,
    });
    assert.equal((await mailTo(asker.email_address)).personalisation.reason, '^ Too\n^ many pigeons');
    await admin.expect(
      204,
      'POST',
      `/organisations/notify-org-member-about-next-steps-of-go-live-request/${service.id}`,
      { to: approver.email_address, service_name: service.name, body: 'Next: wait.' },
    );
    assert.equal((await mailTo(approver.email_address)).personalisation.body, 'Next: wait.');
  });

  it('gives each number to one service, and takes it back', async () => {
    const { kysely } = app.context.db;
    await kysely
      .transaction()
      .execute((trx) =>
        setInboundNumber(trx, { id: newUuid(), serviceId: SERVICE_ID, number: '07700900777' }, now),
      );
    await admin.expect(200, 'POST', `${S}/inbound-sms/remove`, { archive: false });
    const { data: free } = await admin.expect(200, 'GET', '/inbound-number/available');
    assert.equal(free.length, 1);
    const user = someone;
    const services = [await admin.createService(user), await admin.createService(user)];
    const take = ({ id }: { id: string }) =>
      admin.call('POST', `/inbound-number/service/${id}`, { inbound_number_id: free[0].id });
    const outcomes = await Promise.all(services.map(take));
    assert.deepEqual(outcomes.map(({ statusCode }) => statusCode).sort(), [201, 400]);
    const winner = services[outcomes[0]?.statusCode === 201 ? 0 : 1];
    const path = `/service/${winner.id}`;
    const senders = await admin.expect(200, 'GET', `${path}/sms-sender`);
    assert.deepEqual(
      senders.map((one: Record<string, unknown>) => [one.sms_sender, one.is_default, one.inbound_number_id]),
      [['07700900777', true, free[0].id]],
    );
    await admin.expect(200, 'POST', path, { permissions: ['sms', 'inbound_sms'] });
    await admin.expect(204, 'POST', `/inbound-number/service/${winner.id}/off`);
    assert.equal((await admin.expect(200, 'GET', `/inbound-number/service/${winner.id}`)).data.active, false);
    await admin.expect(200, 'POST', `${path}/inbound-sms/remove`, { archive: true });
    assert.deepEqual((await admin.expect(200, 'GET', path)).data.permissions, ['sms']);
    const [left] = await admin.expect(200, 'GET', `${path}/sms-sender`);
    assert.deepEqual([left.sms_sender, left.is_default], ['GOVUK', true]);
    assert.deepEqual((await admin.expect(200, 'GET', '/inbound-number/available')).data, []);
    assert.deepEqual((await admin.expect(200, 'GET', `/inbound-number/service/${winner.id}`)).data, {});
  });

  it('finds what an id belongs to, and active people by when they came', async () => {
    const find = (uuid: string) => admin.expect(200, 'POST', '/platform-admin/find-by-uuid', { uuid });
    assert.deepEqual(await find(SERVICE_ID), { type: 'service', context: {} });
    assert.deepEqual(await find(TEMPLATES.sms), { type: 'template', context: { service_id: SERVICE_ID } });
    assert.deepEqual(await find(NHS_EMAIL_BRAND_ID), { type: 'email_branding', context: {} });
    await admin.expect(404, 'POST', '/platform-admin/find-by-uuid', { uuid: newUuid() });
    assert.deepEqual(await admin.refusal(400, 'POST', '/platform-admin/find-by-uuid', { uuid: 'x' }), [
      { error: 'ValidationError', message: 'uuid is not a valid UUID' },
    ]);
    const user = await admin.register({ email_address: 'listed@example.gov.uk' });
    const service = await admin.createService(user);
    await admin.expect(200, 'POST', `/user/${user.id}`, { take_part_in_research: false });
    const list = async (body: object) => {
      const { data } = await admin.expect(200, 'POST', '/platform-admin/users-list', body);
      return data;
    };
    const [found] = await list({ take_part_in_research: false });
    assert.deepEqual(found.services, [{ id: service.id, name: service.name }]);
    assert.equal((await list({ created_start: '2026-08-05', take_part_in_research: null })).length, 0);
    assert.ok((await list({ created_end: '2026-08-04' })).length > 1);
    await admin.expect(400, 'POST', '/platform-admin/users-list', {});
    await admin.expect(400, 'POST', '/platform-admin/users-list', { created_start: '2026-02-30' });
  });

  it('says who changed a provider and who revoked a key', async () => {
    const user = await admin.register({ name: 'The Switcher' });
    const { provider_details: list } = await admin.expect(200, 'GET', '/provider-details');
    const firetext = list.find(({ identifier }: { identifier: string }) => identifier === 'firetext');
    assert.equal(firetext.current_month_billable_sms, 0);
    const path = `/provider-details/${firetext.id}`;
    const change = { priority: 60, created_by: user.id, reason: 'Faster' };
    const { provider_details: changed } = await admin.expect(200, 'POST', path, change);
    const person = { id: user.id, name: 'The Switcher', email_address: user.email_address };
    assert.deepEqual(changed.created_by, person);
    await admin.expect(200, 'POST', path, { priority: 49 });
    const { data: versions } = await admin.expect(200, 'GET', `${path}/versions`);
    assert.deepEqual(
      versions.map((version: { created_by: unknown }) => version.created_by),
      [null, person, null],
    );
    const key = { name: 'To go', key_type: 'team', created_by: user.id };
    await admin.expect(201, 'POST', `${S}/api-key`, key);
    const { apiKeys } = await admin.expect(200, 'GET', `${S}/api-keys`);
    const { id } = apiKeys.find(({ name }: { name: string }) => name === 'To go');
    const other = someone;
    const revoke = `${S}/api-key/revoke/${id}`;
    await admin.expect(400, 'POST', revoke, { colour: 'red' });
    await admin.expect(202, 'POST', revoke, { created_by: other.id });
    const { data: history } = await admin.expect(200, 'GET', `${S}/history`);
    assert.deepEqual(
      history.api_key_history
        .filter((version: { id: string }) => version.id === id)
        .map((version: { created_by_id: string }) => version.created_by_id),
      [user.id, other.id],
    );
  });

  it('takes any number of days to keep messages', async () => {
    const service = await admin.createService(someone);
    const path = `/service/${service.id}/data-retention`;
    for (const [type, days] of [
      ['sms', 2_000_000_000],
      ['email', 0],
      ['letter', -5],
    ] as const) {
      const body = { notification_type: type, days_of_retention: days };
      const { result } = await admin.expect(201, 'POST', path, body);
      assert.equal(result.days_of_retention, days);
    }
    await admin.expect(200, 'GET', `/service/${service.id}/inbound-sms/most-recent`);
    await admin.expect(200, 'GET', `/service/${service.id}/upload`);
    await admin.expect(200, 'GET', `/service/${service.id}/contact-list`);
  });
});

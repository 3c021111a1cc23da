import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { openToken } from '../secrets/fernet.ts';
import { ADMIN_ENVIRONMENT, ADMIN_SECRET, AdminClient } from '../testing/admin-client.ts';
import {
  createNotifyApp,
  type NotifyApp,
  newUuid,
  SERVICE_ID,
  signToken,
  tokenFor,
} from '../testing/notify-app.ts';

const TOKEN_KEY = Buffer.alloc(32, 7);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TS6Z = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const TS6 = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
const PERMISSIONS = [
  'manage_api_keys',
  'manage_settings',
  'manage_templates',
  'manage_users',
  'send_emails',
  'send_letters',
  'send_texts',
  'view_activity',
];

describe('the internal API', () => {
  let app: NotifyApp;
  let admin: AdminClient;
  let now = new Date('2026-08-04T09:00:00Z');
  before(async () => {
    app = await createNotifyApp({
      // Each look at it takes a millisecond, so what happens later is later.
      clock: { now: () => (now = new Date(now.getTime() + 1)) },
      environment: { ...ADMIN_ENVIRONMENT, TOKEN_SECRET_KEY: TOKEN_KEY.toString('base64url') },
    });
    admin = new AdminClient(app);
  });
  after(() => app[Symbol.asyncDispose]());

  /** The newest message of the Notify service to somebody. */
  const lastMessageTo = async (to: string) => {
    const { notifications } = await admin.expect(200, 'POST', `/service/${NOTIFY_SERVICE_ID}/notifications`, {
      to,
    });
    return notifications[0];
  };
  const openLink = (url: string) => {
    const token = new URL(url).pathname.split('/').at(-1) ?? '';
    const text = openToken(TOKEN_KEY, decodeURIComponent(token), { now, maxAgeSeconds: 3_600 });
    return JSON.parse(text ?? 'null');
  };
  const register = (overrides?: Record<string, unknown>) => admin.register(overrides);
  const createService = (creator: { id: string }, overrides?: Record<string, unknown>) =>
    admin.createService(creator, overrides);

  describe('lets in nobody but the admin website', () => {
    const answerTo = async (authorization: string | undefined) => {
      const response = await app.test.module('notify').inject({
        url: '/organisations',
        headers: authorization === undefined ? {} : { authorization },
      });
      const body = response.json();
      return `${response.statusCode} ${body.result} ${body.message?.token?.[0]}`;
    };
    const sign = (claims: object, secret = ADMIN_SECRET, header?: object) =>
      `Bearer ${signToken(claims, secret, header)}`;
    const seconds = () => Math.round(now.getTime() / 1_000);

    it('with the refusals of the specification', async () => {
      const iat = seconds();
      const cases: [string | undefined, string][] = [
        [undefined, '401 error Unauthorized: authentication token must be provided'],
        ['Basic abc', '401 error Unauthorized: authentication bearer scheme must be used'],
        [
          'Bearer abc',
          '403 error Invalid token: make sure your API token matches the example at https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header',
        ],
        [sign({ iat }), '403 error Invalid token: iss field not provided'],
        [
          sign({ iss: 'notify-functional-tests', iat }),
          '401 error Unauthorized: not allowed to perform this action',
        ],
        [sign({ iss: SERVICE_ID, iat }), '401 error Unauthorized: not allowed to perform this action'],
        [
          sign({ iss: 'notify-admin', iat: iat - 31 }),
          '403 error Error: Your system clock must be accurate to within 30 seconds',
        ],
        [
          sign({ iss: 'notify-admin', iat }, ADMIN_SECRET, { typ: 'JWT', alg: 'HS512' }),
          '403 error Invalid token: algorithm used is not HS256',
        ],
        [sign({ iss: 'notify-admin', iat }, 'another'), '403 error Invalid token: API key not found'],
      ];
      for (const [header, expected] of cases) assert.equal(await answerTo(header), expected);
    });

    it('and keeps it out of the public API', async () => {
      const token = signToken({ iss: 'notify-admin', iat: seconds() }, ADMIN_SECRET);
      const response = await app.test.module('notify').inject({
        url: '/v2/notifications',
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(response.statusCode, 403);
      const service = tokenFor(SERVICE_ID, ADMIN_SECRET, now);
      assert.match(await answerTo(`Bearer ${service}`), /^401 error Unauthorized: not allowed/);
    });

    it('and answers what it does not have as any unknown address', async () => {
      const message = await admin.refusal(404, 'GET', '/no/such/route');
      assert.match(String(message), /^The requested URL was not found on the server/);
      assert.equal(await admin.refusal(404, 'GET', `/service/${newUuid()}`), 'No result found');
      assert.equal(await admin.refusal(404, 'GET', '/user/not-a-uuid'), 'No result found');
    });
  });

  it('carries somebody from registering to signing out', async () => {
    const email = 'First.Person@example.gov.uk';
    assert.equal(await admin.refusal(404, 'POST', '/user/email', { email }), 'No result found');
    const user = await register({
      email_address: email,
      name: 'First Person',
      mobile_number: '07700900461',
      state: 'pending',
    });
    assert.match(user.id, UUID);
    assert.match(user.created_at, TS6Z);
    assert.match(user.password_changed_at, TS6);
    assert.deepEqual(
      { ...user, id: '', created_at: '', password_changed_at: '', email_access_validated_at: '' },
      {
        id: '',
        name: 'First Person',
        email_address: 'first.person@example.gov.uk',
        created_at: '',
        auth_type: 'sms_auth',
        current_session_id: null,
        failed_login_count: 0,
        email_access_validated_at: '',
        logged_in_at: null,
        mobile_number: '447700900461',
        organisations: [],
        password_changed_at: '',
        permissions: {},
        organisation_permissions: {},
        platform_admin: false,
        services: [],
        can_use_webauthn: false,
        state: 'pending',
        take_part_in_research: true,
        receives_new_features_email: true,
      },
    );

    await admin.expect(204, 'POST', `/user/${user.id}/email-verification`, {
      to: email,
      admin_base_url: 'https://other.example.test',
    });
    const mail = await lastMessageTo('first.person@example.gov.uk');
    assert.match(mail.personalisation.url, /^https:\/\/other\.example\.test\/verify-email\//);
    assert.deepEqual(openLink(mail.personalisation.url), {
      user_id: user.id,
      email: 'first.person@example.gov.uk',
    });

    await admin.expect(204, 'POST', `/user/${user.id}/sms-code`, { to: null });
    const code = (await lastMessageTo('07700900461')).personalisation.verify_code;
    assert.match(code, /^\d{5}$/);
    assert.ok(!/(\d)\1/.test(code), code);
    await admin.expect(204, 'POST', `/user/${user.id}/verify/code`, { code, code_type: 'sms' });
    assert.equal((await admin.expect(200, 'POST', `/user/${user.id}/activate`)).data.state, 'active');
    assert.equal(await admin.refusal(400, 'POST', `/user/${user.id}/activate`), 'User already active');

    const { data: signedIn } = await admin.expect(200, 'POST', '/user/email', { email: email.toUpperCase() });
    assert.match(signedIn.current_session_id, UUID);
    assert.match(signedIn.logged_in_at, TS6Z);
    const check = (password: unknown) => admin.call('POST', `/user/${user.id}/verify/password`, { password });
    assert.equal((await check('a very long password')).statusCode, 204);
    assert.deepEqual((await check('wrong')).json().message, { password: ['Incorrect password'] });
    assert.deepEqual((await check(undefined)).json().message, { password: ['Required field missing data'] });
    await admin.expect(204, 'POST', `/user/${user.id}/email-code`, { next: '/services?a=b' });
    const { url } = (await lastMessageTo('first.person@example.gov.uk')).personalisation;
    assert.match(url, /^https:\/\/admin\.example\.test\/email-auth\/.+\?next=%2Fservices%3Fa%3Db$/);
    const { user_id: userId, secret_code: secretCode } = openLink(url);
    assert.equal(userId, user.id);
    await admin.expect(204, 'POST', `/user/${user.id}/verify/code`, { code: secretCode, code_type: 'email' });
    const { data: signedOut } = await admin.expect(200, 'POST', `/user/${user.id}`, {
      current_session_id: null,
    });
    assert.equal(signedOut.current_session_id, null);
    const event = { event_type: 'sucessful_login', data: { ip_address: '192.0.2.1', user_id: user.id } };
    const { data: recorded } = await admin.expect(201, 'POST', '/events', event);
    assert.deepEqual({ ...recorded, id: '', created_at: '' }, { id: '', created_at: '', ...event });
  });

  it('takes each code once, counts wrong ones and locks after ten', async () => {
    const user = await register({ mobile_number: '07700900462' });
    const send = async () => {
      await admin.expect(204, 'POST', `/user/${user.id}/sms-code`, {});
      return (await lastMessageTo('07700900462')).personalisation.verify_code;
    };
    const verify = async (code: string) => {
      const response = await admin.call('POST', `/user/${user.id}/verify/code`, { code, code_type: 'sms' });
      return response.statusCode === 204 ? 'verified' : `${response.statusCode} ${response.json().message}`;
    };
    const code = await send();
    // Two at the same time: one of them uses the code up.
    const outcomes = await Promise.all([verify(code), verify(code)]);
    assert.deepEqual(outcomes.sort(), ['400 Code has expired', 'verified']);
    const late = await send();
    now = new Date(now.getTime() + 31 * 60_000);
    assert.equal(await verify(late), '400 Code has expired');
    await admin.expect(200, 'POST', `/user/${user.id}/reset-failed-login-count`);
    await Promise.all(Array.from({ length: 10 }, () => verify('00000')));
    const { data: locked } = await admin.expect(200, 'GET', `/user/${user.id}`);
    assert.equal(locked.failed_login_count, 10);
    assert.equal(await verify(await send()), '404 Code not found');
    await admin.expect(204, 'POST', `/user/${user.id}/verify/password`, { password: 'a very long password' });
    assert.equal(await verify('00000'), '404 Code not found');
    for (let count = 0; count < 6; count += 1)
      await admin.expect(204, 'POST', `/user/${user.id}/sms-code`, {});
    const { notifications } = await admin.expect(200, 'POST', `/service/${NOTIFY_SERVICE_ID}/notifications`, {
      to: '07700900462',
    });
    // One was open already, so four more were sent.
    assert.equal(notifications.length, 3 + 4);
  });

  it('refuses people it cannot use, field by field', async () => {
    assert.deepEqual(
      await admin.refusal(400, 'POST', '/user', { email_address: 'nope', mobile_number: '12' }),
      {
        name: ['Missing data for required field.'],
        email_address: ['Not a valid email address'],
        password: ['Missing data for required field.'],
        mobile_number: ['Invalid phone number: Not enough digits'],
      },
    );
    const body = {
      name: 'No phone',
      email_address: 'nophone@example.gov.uk',
      password: 'long enough for us',
    };
    assert.equal(
      await admin.refusal(400, 'POST', '/user', body),
      'Mobile number must be set if auth_type is set to sms_auth',
    );
    const user = await register({ ...body, auth_type: 'email_auth' });
    assert.equal((await admin.call('POST', '/user', { ...body, auth_type: 'email_auth' })).statusCode, 400);
    assert.deepEqual(await admin.refusal(400, 'POST', `/user/${user.id}`, { colour: 'red' }), {
      _schema: ['Unknown field name colour'],
    });
    assert.equal(
      await admin.refusal(400, 'POST', `/user/${user.id}`, { platform_admin: true }),
      'Cannot set platform_admin to True',
    );
  });

  it('tells people when a manager changes how they are reached', async () => {
    const manager = await register({ name: 'The Manager' });
    const user = await register();
    const fresh = 'fresh@example.gov.uk';
    await admin.expect(200, 'POST', `/user/${user.id}`, { email_address: fresh, updated_by: manager.id });
    const mail = await lastMessageTo(fresh);
    assert.equal(mail.personalisation.servicemanagername, 'The Manager');
    await admin.expect(200, 'POST', `/user/${user.id}`, {
      mobile_number: '07700900463',
      updated_by: manager.id,
    });
    assert.equal((await lastMessageTo('07700900463')).template.name, 'Your mobile number was changed');
    await admin.expect(204, 'POST', '/user/reset-password', { email: fresh });
    const { url } = (await lastMessageTo(fresh)).personalisation;
    const payload = openLink(url);
    assert.equal(payload.email, fresh);
    assert.match(payload.created_at, TS6);
  });

  it('creates a service with its first member, permissions, sender and organisation', async () => {
    const organisation = await admin.expect(201, 'POST', '/organisations', {
      name: 'Ministry of Pigeons',
      crown: true,
      organisation_type: 'central',
    });
    await admin.expect(204, 'POST', `/organisations/${organisation.id}`, { domains: ['Pigeons.gov.uk'] });
    const user = await register({ email_address: 'loft@north.pigeons.gov.uk' });
    const asker = await register();
    const service = await createService(user, { name: 'Pigeon post: Étude', created_by: asker.id });
    assert.equal(service.organisation, organisation.id);
    assert.equal(service.organisation_type, 'central');
    assert.equal(service.email_sender_local_part, 'pigeon.post.etude');
    assert.equal(service.international_sms_message_limit, 250_000);
    assert.equal(service.count_as_live, true);
    assert.equal(service.created_by, asker.id);
    assert.deepEqual(service.permissions, [
      'sms',
      'email',
      'letter',
      'international_sms',
      'international_letters',
    ]);
    const { data: member } = await admin.expect(200, 'GET', `/user/${user.id}`);
    assert.deepEqual(member.permissions, { [service.id]: PERMISSIONS });
    assert.deepEqual(member.services, [service.id]);
    const senders = await admin.expect(200, 'GET', `/service/${service.id}/sms-sender`);
    assert.equal(senders.length, 1);
    assert.equal(senders[0].is_default, true);
    const again = { ...service, user_id: user.id, name: 'PIGEON  post: etude' };
    assert.deepEqual(await admin.refusal(400, 'POST', '/service', again), {
      name: ["Duplicate service name 'PIGEON  post: etude'"],
    });
    const { user_id: _left, ...incomplete } = again;
    assert.deepEqual(await admin.refusal(400, 'POST', '/service', incomplete), {
      user_id: ['Missing data for required field.'],
    });
    const links = await admin.expect(200, 'GET', `/user/${user.id}/organisations-and-services`);
    assert.deepEqual(links.services, [
      { id: service.id, name: service.name, restricted: true, organisation: organisation.id },
    ]);
    const found = await admin.expect(200, 'GET', '/organisations/by-domain?domain=north.pigeons.gov.uk');
    assert.equal(found.id, organisation.id);
  });

  it('changes a service version by version, and tells the team when it goes live', async () => {
    const user = await register();
    const service = await createService(user);
    const change = (body: object) => admin.expect(200, 'POST', `/service/${service.id}`, body);
    const { data: renamed } = await change({ name: 'Renamed twice', unknown: 'ignored' });
    assert.equal(renamed.email_sender_local_part, 'renamed.twice');
    const { data: custom } = await change({ custom_email_sender_name: 'The Loft' });
    assert.equal(custom.email_sender_local_part, 'the.loft');
    assert.deepEqual(await admin.refusal(400, 'POST', `/service/${service.id}`, { permissions: ['fax'] }), {
      permissions: ["Invalid Service Permission: 'fax'"],
    });
    assert.deepEqual(
      await admin.refusal(400, 'POST', `/service/${service.id}`, { permissions: ['sms', 'sms'] }),
      {
        permissions: ["Duplicate Service Permission: ['sms']"],
      },
    );
    await change({ restricted: false, go_live_at: '2026-08-04 09:00:00.123456' });
    assert.equal((await lastMessageTo(user.email_address)).personalisation.service_name, 'Renamed twice');
    const { data: history } = await admin.expect(200, 'GET', `/service/${service.id}/history`);
    assert.deepEqual(
      history.service_history.map(({ version, name }: { version: number; name: string }) => [version, name]),
      [
        [1, service.name],
        [2, 'Renamed twice'],
        [3, 'Renamed twice'],
        [4, 'Renamed twice'],
      ],
    );
  });

  it('keeps enough managers in a team', async () => {
    const [first, second] = [await register(), await register()];
    const service = await createService(first);
    const add = { permissions: [{ permission: 'manage_settings' }, { permission: 'send_texts' }] };
    const path = `/service/${service.id}/users`;
    assert.equal(
      await admin.refusal(400, 'DELETE', `${path}/${first.id}`),
      'User cannot be removed from the service',
    );
    await admin.expect(201, 'POST', `${path}/${second.id}`, add);
    assert.equal(
      await admin.refusal(400, 'POST', `${path}/${second.id}`, add),
      `User id: ${second.id} already part of service id: ${service.id}`,
    );
    // Live services keep two.
    await admin.expect(200, 'POST', `/service/${service.id}`, { restricted: false });
    const permission = `/user/${second.id}/service/${service.id}/permission`;
    const fewer = { permissions: [{ permission: 'send_texts' }] };
    assert.match(
      String(await admin.refusal(400, 'POST', permission, fewer)),
      /^Cannot change user permissions/,
    );
    await admin.expect(200, 'POST', `/service/${service.id}`, { restricted: true });
    // Both want to go at once: one stays.
    const outcomes = await Promise.all(
      [first, second].map((user) => admin.call('DELETE', `${path}/${user.id}`)),
    );
    assert.deepEqual(outcomes.map(({ statusCode }) => statusCode).sort(), [204, 400]);
    assert.equal((await admin.expect(200, 'GET', path)).data.length, 1);
  });

  it('archives services and people', async () => {
    const [user, colleague] = [await register(), await register()];
    const service = await createService(user);
    await admin.expect(201, 'POST', `/service/${service.id}/users/${colleague.id}`, { permissions: [] });
    assert.equal(
      await admin.refusal(400, 'POST', `/user/${user.id}/archive`),
      'User cannot be removed from a service',
    );
    await admin.expect(204, 'POST', `/service/${service.id}/archive`);
    await admin.expect(204, 'POST', `/service/${service.id}/archive`);
    const { data: archived } = await admin.expect(200, 'GET', `/service/${service.id}`);
    assert.equal(archived.active, false);
    assert.match(archived.name, /^_archived_\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d_Service /);
    await admin.expect(204, 'POST', `/user/${user.id}/archive`);
    const { data: gone } = await admin.expect(200, 'GET', `/user/${user.id}`);
    assert.equal(gone.name, 'Archived user');
    assert.equal(gone.state, 'inactive');
    assert.equal(gone.current_session_id, '00000000-0000-0000-0000-000000000000');
    assert.match(gone.email_address, /^_archived_.+@example\.gov\.uk$/);
    await admin.expect(400, 'POST', `/user/${user.id}/verify/password`, { password: 'a very long password' });
  });

  it('answers bad bodies with its own errors and never fails', async () => {
    const user = await register();
    const service = await createService(user);
    const paths: ['POST' | 'PUT', string][] = [
      ['POST', '/user'],
      ['POST', `/user/${user.id}`],
      ['POST', `/user/${user.id}/verify/code`],
      ['POST', `/user/${user.id}/sms-code`],
      ['POST', `/user/${user.id}/email-verification`],
      ['POST', '/service'],
      ['POST', `/service/${service.id}/template`],
      ['POST', `/service/${service.id}/template-folder`],
      ['POST', `/service/${service.id}/template-folder/contents`],
      ['POST', `/service/${service.id}/api-key`],
      ['POST', `/service/${service.id}/sms-sender`],
      ['POST', `/service/${service.id}/send-notification`],
      ['PUT', `/service/${service.id}/guest-list`],
      ['POST', '/organisations'],
      ['POST', '/events'],
    ];
    const values = [null, 5, -1.5, '', '\u0000', '\ud800', [], [null], {}, { a: 1 }, true, 'x'.repeat(300)];
    const names = [
      'name',
      'email_address',
      'password',
      'to',
      'code',
      'code_type',
      'template_type',
      'content',
      'service',
    ];
    for (const [method, path] of paths) {
      for (const value of values) {
        const bodies = [value, Object.fromEntries(names.map((name) => [name, value]))];
        for (const body of bodies) {
          const response = await admin.call(method, path, body);
          assert.ok(response.statusCode < 500, `${method} ${path} ${JSON.stringify(body)}: ${response.body}`);
        }
      }
      const broken = await admin.call(method, path, undefined);
      assert.ok(broken.statusCode < 500, `${method} ${path}: ${broken.body}`);
    }
  });
});

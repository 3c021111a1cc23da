import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  newUuid,
  SERVICE_ID,
  TEMPLATES,
} from '../testing/notify-app.ts';

const TRIAL = newUuid();
const ARCHIVED = newUuid();
const PLAIN = newUuid();
const plainTemplates = { sms: newUuid(), archived: newUuid(), empty: newUuid(), conditional: newUuid() };

interface Errors {
  status_code: number;
  errors: { error: string; message: string }[];
}

describe('the public API', () => {
  let app: NotifyApp;
  before(async () => {
    const bare = { templates: [], sms_senders: [], email_reply_to: [] };
    app = await createNotifyApp({
      services: [
        declaredService(),
        {
          ...declaredService(bare),
          id: TRIAL,
          name: 'On trial',
          live: false,
          guest_list: ['guest@example.test', '07700900123'],
          team: [{ name: 'Member', email: 'member@example.test', mobile: '07700900124' }],
          templates: [
            { id: plainTemplates.sms, type: 'sms', name: 'Trial text', content: 'Hi' },
            { id: plainTemplates.archived, type: 'sms', name: 'Gone', content: 'Hi', archived: true },
            { id: plainTemplates.empty, type: 'sms', name: 'Empty', content: '((a))' },
            {
              id: plainTemplates.conditional,
              type: 'email',
              name: 'Mail',
              subject: 'S ((one))',
              content: '((two)) ((one))',
              has_unsubscribe_link: true,
              earlier_versions: [{ name: 'Old', subject: 'Old', content: 'Old' }],
            },
          ],
        },
        { ...declaredService(bare), id: ARCHIVED, name: 'Archived', active: false },
        { ...declaredService(bare), id: PLAIN, name: 'Plain', permissions: [], api_keys: [] },
      ],
    });
  });
  after(() => app[Symbol.asyncDispose]());

  const server = () => app.test.module('notify');
  const errorOf = async (call: Parameters<NotifyApp['call']>[0]) => {
    const response = await app.call(call);
    const body = response.json<Errors>();
    assert.equal(body.status_code, response.statusCode, response.body);
    return `${response.statusCode} ${body.errors.map(({ error, message }) => `${error}: ${message}`).join(' | ')}`;
  };
  const sms = (body: object, more: object = {}) => errorOf({ url: '/v2/notifications/sms', body, ...more });
  const trialSms = (phone: string, key: 'normal' | 'team' | 'test' = 'normal') =>
    app.call({
      url: '/v2/notifications/sms',
      serviceId: TRIAL,
      key,
      body: { template_id: plainTemplates.sms, phone_number: phone },
    });

  it('puts its headers on every answer, refusals too, and echoes a trace', async () => {
    for (const url of ['/_status', '/v2/notifications', '/nothing']) {
      const { headers } = await server().inject({ url, headers: { 'X-B3-TraceId': 'abc123' } });
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['cache-control'], 'no-store, no-cache, private, must-revalidate');
      assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
      assert.equal(headers['x-b3-traceid'], 'abc123');
      assert.match(String(headers['x-b3-spanid']), /^self-[0-9a-f]{16}$/);
    }
  });

  it('has a document that says of each operation what it answers, refusals too', async () => {
    const document = await app.test.console.inject('/docs/openapi.json');
    const { paths } = document.json<{
      paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>;
    }>();
    const found = Object.entries(paths)
      .filter(([path]) => path.startsWith('/notify/v2/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses }]) => {
          const [success] = Object.keys(responses);
          assert.deepEqual(Object.keys(responses[success ?? '']?.content ?? {}), [
            path.endsWith('/pdf') ? 'application/pdf' : 'application/json',
          ]);
          assert.ok(
            ['401', '403', '500', '504'].every((status) => status in responses),
            path,
          );
          return `${method} ${path.slice('/notify'.length)} ${success}`;
        }),
      );
    assert.deepEqual(found.sort(), [
      'get /v2/notifications 200',
      'get /v2/notifications/{id} 200',
      'get /v2/notifications/{id}/pdf 200',
      'get /v2/received-text-messages 200',
      'get /v2/template/{id} 200',
      'get /v2/template/{id}/version/{version} 200',
      'get /v2/templates 200',
      'post /v2/notifications/email 201',
      'post /v2/notifications/letter 201',
      'post /v2/notifications/sms 201',
      'post /v2/template/{id}/preview 200',
    ]);
  });

  it('tells its status', async () => {
    assert.equal((await server().inject('/_status?simple=1')).body, '{"status":"ok"}');
    assert.equal(
      (await server().inject({ method: 'POST', url: '/_status' })).json<{ status: string }>().status,
      'ok',
    );
    const { db_version: version } = (await server().inject('/_status')).json<{ db_version: string }>();
    assert.match(version, /^\d{4}-[a-z-]+$/);
    const counts = async () =>
      (await server().inject('/_status/live-service-and-organisation-counts')).json();
    assert.deepEqual(await counts(), { organisations: 0, services: 2 });
    const { pool } = app.test.database.db;
    const { rows: made } = await pool.query(
      "insert into notify.organisations (id, name, created_at) values (gen_random_uuid(), 'Town hall', now()) returning id",
    );
    await pool.query('update notify.services set organisation_id = $1', [made[0].id]);
    assert.deepEqual(await counts(), { organisations: 1, services: 2 });
    await pool.query('update notify.services set organisation_id = null');
  });

  it('keeps whatever a reference is written with', async () => {
    const references = [
      '',
      'NULL',
      'null',
      '{a,b}',
      'a"b',
      'a\\b\\',
      "it's",
      'two\nlines\t',
      '🐦 é',
      '$1',
      '%s',
    ];
    const ids = await Promise.all(
      references.map(async (reference) => {
        const body = {
          template_id: TEMPLATES.sms,
          phone_number: '07700 900123',
          personalisation: { name: 'x' },
        };
        const sent = await app.call({ url: '/v2/notifications/sms', body: { ...body, reference } });
        return sent.json<{ id: string }>().id;
      }),
    );
    for (const [place, reference] of references.entries()) {
      const { reference: found } = (await app.call({ url: `/v2/notifications/${ids[place]}` })).json<{
        reference: string;
      }>();
      assert.equal(found, reference);
    }
  });

  it('answers paths and methods it does not have', async () => {
    const missing = await app.call({ url: '/v2/nothing' });
    assert.equal(missing.statusCode, 404);
    assert.match(missing.body, /"result":"error","message":"The requested URL was not found/);
    assert.equal((await app.call({ url: '/v2/notifications/' })).statusCode, 404);
    assert.equal((await app.call({ url: '/v2/notifications/pigeon', body: {} })).statusCode, 404);
    assert.equal((await app.call({ url: `/v2/template/${TEMPLATES.sms}/version/one` })).statusCode, 404);
    const wrong = await app.call({ method: 'DELETE', url: '/v2/notifications' });
    assert.equal(wrong.statusCode, 405);
    assert.match(String(wrong.headers.allow), /GET/);
    const asked = await server().inject({ method: 'OPTIONS', url: '/v2/notifications/sms' });
    assert.deepEqual([asked.statusCode, asked.body, asked.headers.allow], [200, '', 'OPTIONS, POST']);
    assert.equal(asked.headers['access-control-allow-headers'], 'Content-Type,Authorization');
    const doubled = await app.call({ url: '//v2/notifications' });
    assert.equal(doubled.statusCode, 308);
    assert.equal(doubled.headers.location, '/v2/notifications');
  });

  it('refuses services that are not there, have no keys or are archived', async () => {
    const as = (serviceId: string) => errorOf({ url: '/v2/templates', serviceId });
    assert.equal(await as(newUuid()), '403 AuthError: Invalid token: service not found');
    assert.equal(await as(PLAIN), '403 AuthError: Invalid token: service has no API keys');
    assert.equal(await as(ARCHIVED), '403 AuthError: Invalid token: service is archived');
  });

  it('checks in the order of the contract', async () => {
    const good = { template_id: TEMPLATES.sms, phone_number: '07700900123' };
    const invalid = '400 BadRequestError: Invalid JSON supplied in POST data';
    assert.equal(await errorOf({ url: '/v2/notifications/sms', body: '{' }), invalid);
    assert.equal(await sms({ ...good, template_id: newUuid() }), '400 BadRequestError: Template not found');
    assert.equal(
      await sms({ ...good, template_id: TEMPLATES.email }),
      '400 BadRequestError: email template is not suitable for sms notification',
    );
    assert.equal(
      await sms({ ...good, template_id: plainTemplates.archived }, { serviceId: TRIAL }),
      '400 BadRequestError: Template has been deleted',
    );
    assert.equal(await sms(good), '400 BadRequestError: Missing personalisation: name');
    assert.equal(
      await sms(
        { ...good, template_id: plainTemplates.empty, personalisation: { a: '' } },
        { serviceId: TRIAL },
      ),
      '400 BadRequestError: Your message is empty.',
    );
    assert.equal(
      await sms({ ...good, personalisation: { name: { file: 'x' } } }),
      '400 BadRequestError: Can only send a file by email',
    );
    const sender = newUuid();
    assert.equal(
      await sms({ ...good, personalisation: { name: 'x' }, sms_sender_id: sender }),
      `400 BadRequestError: sms_sender_id ${sender} does not exist in database for service id ${SERVICE_ID}`,
    );
    assert.equal(
      await sms({ ...good, personalisation: { name: 'x' }, phone_number: '+33612345678' }),
      '400 BadRequestError: Cannot send to international mobile numbers',
    );
    assert.equal(
      await sms({ ...good, personalisation: { name: 'x' }, phone_number: '020 7946 0123' }),
      '400 InvalidPhoneError: Not a UK mobile number',
    );
    assert.equal(
      await sms({ ...good, personalisation: { name: 'x'.repeat(1_000) } }),
      '400 BadRequestError: Your message is too long. Text messages cannot be longer than 918 characters. Your message is 1006 characters long.',
    );
  });

  it('answers with the first of several faults', async () => {
    const id = newUuid();
    const wrong = { phone_number: '+33612345678', sms_sender_id: newUuid(), scheduled_for: 'soon', other: 1 };
    const asTrial = (body: unknown, key: 'normal' | 'test' = 'normal') =>
      errorOf({ url: '/v2/notifications/sms', serviceId: TRIAL, key, body });
    const steps: [unknown, RegExp][] = [
      ['{', /Invalid JSON/],
      [{ ...wrong, template_id: id }, /scheduled_for .* \| .*Additional properties/],
      [{ ...wrong, template_id: id, scheduled_for: null, other: undefined }, /Template not found$/],
    ];
    for (const [body, answer] of steps) assert.match(await asTrial(body), answer);
    const sms = { phone_number: '+33612345678', template_id: plainTemplates.empty };
    const file = { file: 'x' };
    const sender = { sms_sender_id: id };
    const long = 'x'.repeat(919);
    for (const [body, answer] of [
      [{ ...sms, ...sender, personalisation: { b: file } }, /Missing personalisation: a$/],
      [{ ...sms, ...sender, personalisation: { a: '', b: file } }, /Your message is empty\.$/],
      [{ ...sms, ...sender, personalisation: { a: long, b: file } }, /Can only send a file by email$/],
      [{ ...sms, ...sender, personalisation: { a: long } }, /^400 BadRequestError: sms_sender_id/],
      [{ ...sms, personalisation: { a: long } }, /trial mode/],
    ] as const) {
      assert.match(await asTrial(body), answer);
    }
    assert.match(
      await asTrial({ ...sms, personalisation: { a: long } }, 'test'),
      /Cannot send to international mobile numbers$/,
    );
    const archivedByEmail = { template_id: plainTemplates.archived, email_address: 'guest@example.test' };
    assert.match(
      await errorOf({ url: '/v2/notifications/email', serviceId: TRIAL, body: archivedByEmail }),
      /sms template is not suitable for email notification$/,
    );
    const email = { template_id: TEMPLATES.email, personalisation: { name: { file: 5 } } };
    const notAllowed = { url: '/v2/notifications/email', key: 'team' as const };
    assert.match(
      await errorOf({ ...notAllowed, body: { ...email, email_address: 'other@example.test' } }),
      /using a team-only API key$/,
    );
  });

  it('names missing personalisation in the spelling and order of the template, subject first', async () => {
    const body = { template_id: plainTemplates.conditional, email_address: 'guest@example.test' };
    assert.equal(
      await errorOf({ url: '/v2/notifications/email', body, serviceId: TRIAL }),
      '400 BadRequestError: Missing personalisation: one, two',
    );
  });

  it('sends in trial mode, and with team keys, to team members and guests only', async () => {
    for (const phone of ['07700 900123', '+447700900124', '00447700900123']) {
      assert.equal((await trialSms(phone)).statusCode, 201);
      assert.equal((await trialSms(phone, 'team')).statusCode, 201);
    }
    const message = async (key: 'normal' | 'team') =>
      (await trialSms('07700900999', key)).json<Errors>().errors[0]?.message;
    assert.equal(
      await message('normal'),
      'Can’t send to this recipient when service is in trial mode – see https://www.notifications.service.gov.uk/trial-mode',
    );
    assert.equal(await message('team'), 'Can’t send to this recipient using a team-only API key');
    assert.equal((await trialSms('07700900999', 'test')).statusCode, 201);
    for (const key of ['normal', 'team', 'test'] as const) {
      const simulated = await trialSms('+447700900111', key);
      assert.equal(simulated.statusCode, 201);
      const { id } = simulated.json<{ id: string }>();
      assert.equal((await app.call({ url: `/v2/notifications/${id}`, serviceId: TRIAL })).statusCode, 404);
    }
  });

  it('keeps letters to live services and keys that may send them', async () => {
    const letter = (more: object) =>
      errorOf({
        url: '/v2/notifications/letter',
        body: { template_id: TEMPLATES.letter, personalisation: { name: 'x' } },
        ...more,
      });
    assert.equal(
      await letter({ key: 'team' }),
      '403 BadRequestError: Cannot send letters with a team api key',
    );
    assert.equal(await letter({}), '400 ValidationError: Address must be at least 3 lines');
    const precompiled = (body: object, more: object = {}) =>
      errorOf({ url: '/v2/notifications/letter', body, ...more });
    assert.equal(
      await precompiled({ reference: 'r', content: 'AAAA' }, { serviceId: TRIAL }),
      '403 BadRequestError: Cannot send letters when service is in trial mode',
    );
    assert.equal(
      await precompiled({ reference: 'r', content: 'A' }),
      '400 BadRequestError: Cannot decode letter content (invalid base64 encoding)',
    );
  });

  it('sanitises what it is told to and says what changed', async () => {
    const answer = await app.call({
      url: '/v2/notifications/email',
      body: {
        template_id: TEMPLATES.email,
        email_address: 'ann@example.test',
        personalisation: { name: '[tap](https://phish.example.test/x)' },
        sanitise_content_for: ['Name', 5],
      },
    });
    const body = answer.json<{ sanitised_content: Record<string, unknown>; content: { subject: string } }>();
    assert.deepEqual(body.sanitised_content, {
      name: { unsanitised: '[tap](https://phish.example.test/x)', sanitised: '\\[tap\\]\\(' },
    });
  });

  it('keeps files to services that say how to reach them', async () => {
    const body = {
      template_id: plainTemplates.conditional,
      email_address: 'guest@example.test',
      personalisation: { one: { file: 'aGk=', filename: 'a.txt' }, two: 'x' },
    };
    const bad = { ...body, personalisation: { one: { file: 5 }, two: 'x' } };
    await app.apply([{ id: TRIAL, name: 'On trial', contact_link: '' }]);
    const as = { url: '/v2/notifications/email', serviceId: TRIAL };
    assert.equal(await errorOf({ ...as, body: bad }), '400 ValidationError: file 5 is not of type string');
    assert.equal(
      await errorOf({ ...as, body }),
      `400 BadRequestError: Send files by email has not been set up - add contact details for your service at http://localhost:6012/services/${TRIAL}/service-settings/send-files-by-email`,
    );
  });

  it('shows only its own service, and lists only messages of the same key type', async () => {
    const { id } = (await trialSms('07700900123', 'test')).json<{ id: string }>();
    assert.equal((await app.call({ url: `/v2/notifications/${id}` })).statusCode, 404);
    assert.equal((await app.call({ url: `/v2/notifications/${id}`, serviceId: TRIAL })).statusCode, 200);
    const ids = async (key: 'normal' | 'test') =>
      (await app.call({ url: '/v2/notifications', serviceId: TRIAL, key }))
        .json<{ notifications: { id: string }[] }>()
        .notifications.map((one) => one.id);
    assert.ok((await ids('test')).includes(id));
    assert.ok(!(await ids('normal')).includes(id));
    const others = await app.call({ url: `/v2/notifications?older_than=${id}` });
    assert.deepEqual(others.json<{ notifications: unknown[] }>().notifications, []);
  });

  it('repeats accepted parameters in the links of a list', async () => {
    const url = `/v2/notifications?status=failed&status=accepted&reference=a%20b&older_than=${newUuid()}`;
    const { links } = (await app.call({ url })).json<{ links: Record<string, string> }>();
    assert.match(
      links.current ?? '',
      /\/v2\/notifications\?status=failed&status=accepted&reference=a\+b&older_than=[0-9a-f-]{36}$/,
    );
    assert.equal(links.next, undefined);
    assert.equal(
      await errorOf({ url: '/v2/notifications?page=2&status=x' }),
      '400 ValidationError: status x is not one of [cancelled, created, sending, sent, delivered, pending, failed, technical-failure, temporary-failure, permanent-failure, pending-virus-check, validation-failed, virus-scan-failed, returned-letter, accepted, received] | ValidationError: Additional properties are not allowed (page was unexpected)',
    );
  });

  it('shows versions of templates', async () => {
    const read = async (path: string) =>
      (await app.call({ url: path, serviceId: TRIAL })).json<Record<string, unknown>>();
    const path = `/v2/template/${plainTemplates.conditional}`;
    assert.equal((await read(path)).version, 2);
    assert.equal((await read(`${path}/version/1`)).name, 'Old');
    assert.equal((await read(`${path}/version/0`)).version, 2);
    const as = { serviceId: TRIAL };
    assert.equal(await errorOf({ url: `${path}/version/3`, ...as }), '404 NoResultFound: No result found');
    assert.equal(
      await errorOf({ url: `${path}/version/2147483648`, ...as }),
      '404 DataError: No result found',
    );
    assert.equal(
      await errorOf({ url: '/v2/template/x', ...as }),
      '400 ValidationError: id is not a valid UUID',
    );
    assert.equal(
      await errorOf({ url: `${path}/preview`, body: { personalisation: {} }, ...as }),
      '400 BadRequestError: Missing personalisation: one, two',
    );
  });

  it('takes unsubscribe links once, from headers and bodies', async () => {
    const body = {
      template_id: plainTemplates.conditional,
      email_address: 'guest@example.test',
      personalisation: { one: 'a', two: 'b' },
    };
    const { id, content } = (
      await app.call({ url: '/v2/notifications/email', body, serviceId: TRIAL })
    ).json<{ id: string; content: { one_click_unsubscribe_url: string | null } }>();
    // Only what the caller gave; the link that was made is shown when the message is read.
    assert.equal(content.one_click_unsubscribe_url, null);
    const shown = (await app.call({ url: `/v2/notifications/${id}`, serviceId: TRIAL })).json<{
      one_click_unsubscribe_url: string;
    }>();
    const { pathname } = new URL(shown.one_click_unsubscribe_url);
    for (let click = 0; click < 2; click += 1) {
      const answer = await server().inject({ method: 'POST', url: pathname });
      assert.equal(answer.body, '{"result":"success","message":"Unsubscribe successful"}');
    }
    const { rows } = await app.test.database.db.pool.query(
      'select email_address from notify.unsubscribe_requests',
    );
    assert.deepEqual(rows, [{ email_address: 'guest@example.test' }]);
    const refused = async (url: string, message: string) => {
      const answer = await server().inject({ method: 'POST', url });
      assert.equal(answer.statusCode, 404);
      assert.deepEqual(answer.json(), { result: 'error', message: { 'unsubscribe request': message } });
    };
    await refused(`${pathname.slice(0, -3)}abc`, 'This is not a valid unsubscribe link.');
    await refused(pathname.replace(id, 'x'), 'This is not a valid unsubscribe link.');
    await refused(pathname.replace(id, newUuid()), 'This unsubscribe link is invalid or expired.');
  });

  it('keeps decimal points in money', async () => {
    const body = {
      template_id: TEMPLATES.email,
      email_address: 'ann@example.test',
      personalisation: { name: 'x' },
    };
    const { id } = (await app.call({ url: '/v2/notifications/email', body })).json<{ id: string }>();
    assert.match((await app.call({ url: `/v2/notifications/${id}` })).body, /"cost_in_pounds":0\.0,/);
  });

  it('keeps text that PostgreSQL cannot hold out of it', async () => {
    const body = {
      template_id: TEMPLATES.email,
      email_address: 'ann@example.test',
      personalisation: { 'na\u0000me': 'a\u0000b\ud800' },
    };
    const answer = await app.call({ url: '/v2/notifications/email', body });
    assert.equal(answer.statusCode, 201);
    assert.equal(answer.json<{ content: { subject: string } }>().content.subject, 'About ab\ufffd');
    assert.match(
      await errorOf({ url: '/v2/notifications/email', body: { ...body, reference: 'a\u0000' } }),
      /^400 ValidationError: reference/,
    );
    assert.equal((await app.call({ url: '/v2/notifications?reference=%00' })).statusCode, 200);
  });
});

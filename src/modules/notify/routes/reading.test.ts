// What reading gives, and what every request and answer has in common: public sections 3.1, 3.9 and 3.10.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { STATUSES } from '../notifications/notification.ts';
import { listNotifications } from '../notifications/notification-queries.ts';
import {
  createNotifyApp,
  declaredService,
  KEYS,
  type NotifyApp,
  newUuid,
  SERVICE_ID,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { storeNotifications } from '../testing/stored-notifications.ts';

const BASE = 'https://api.example.test';
const OTHER = newUuid();
const CONTACT = newUuid();
const MORE = { archived: newUuid(), letter: newUuid(), twin: newUuid() };

interface Shown {
  id: string;
  type: string;
  status: string;
  completed_at: string | null;
  created_by_name: string | null;
}
interface Page {
  notifications: Shown[];
  links: { current: string; next?: string };
}

describe('reading over the public API', () => {
  let app: NotifyApp;
  before(async () => {
    const others = { templates: [], sms_senders: [], email_reply_to: [] };
    app = await createNotifyApp({
      environment: { API_HOST_NAME: `${BASE}/` },
      services: [
        declaredService({
          team: [{ name: 'Member', email: 'member@example.test', mobile: '07700900124' }],
          letter_contacts: [{ id: CONTACT, block: 'The ((office))' }],
          templates: [
            ...declaredService().templates,
            {
              id: MORE.archived,
              type: 'email',
              name: 'Gone',
              subject: 'S',
              content: 'Was ((a))',
              archived: true,
            },
            {
              id: MORE.twin,
              type: 'email',
              name: 'A text',
              subject: 'S ((b??x))',
              content: '((A_b)) ((a b))',
            },
            {
              id: MORE.letter,
              type: 'letter',
              name: 'With contact',
              subject: 'S ((subject))',
              content: '((body))',
              letter_contact_id: CONTACT,
              postage: 'first',
            },
          ],
        }),
        { ...declaredService(others), id: OTHER, name: 'Other' },
      ],
    });
  });
  after(() => app[Symbol.asyncDispose]());

  const list = async (query = '', serviceId = SERVICE_ID): Promise<Page> => {
    const response = await app.call({ url: `/v2/notifications${query}`, serviceId });
    assert.equal(response.statusCode, 200, response.body);
    return response.json<Page>();
  };

  it('shows every status of every channel in its words, with the time of those that are final', async () => {
    const at = new Date();
    const types = ['sms', 'email', 'letter'] as const;
    const messages = types.flatMap((type) =>
      STATUSES.map((status) => ({ type, status, createdAt: at, updatedAt: at, serviceId: OTHER })),
    );
    const ids = await storeNotifications(app.test.database.db.pool, messages);
    const shown = new Map((await list('', OTHER)).notifications.map((one) => [one.id, one]));
    const words: Record<string, string> = {
      created: 'accepted',
      sending: 'accepted',
      delivered: 'received',
      'returned-letter': 'received',
    };
    const open = ['created', 'sending', 'pending', 'pending-virus-check', 'virus-scan-failed'];
    for (const [place, { type, status }] of messages.entries()) {
      const one = shown.get(ids[place] ?? '');
      assert.equal(one?.status, type === 'letter' ? (words[status] ?? status) : status);
      assert.equal(one?.completed_at === null, open.includes(status), status);
    }
    const filtered = async (query: string) => {
      const { notifications } = await list(query, OTHER);
      const found = new Set(notifications.map(({ id }) => id));
      return new Set(messages.filter((_, place) => found.has(ids[place] ?? '')).map(({ status }) => status));
    };
    assert.deepEqual(
      [...(await filtered('?status=failed'))],
      [
        'technical-failure',
        'temporary-failure',
        'permanent-failure',
        'validation-failed',
        'virus-scan-failed',
        'returned-letter',
      ],
    );
    assert.deepEqual([...(await filtered('?status=accepted'))], ['created', 'sending']);
    assert.deepEqual([...(await filtered('?status=received&status=pending'))], ['delivered', 'pending']);
    const every = STATUSES.filter((status) => status !== 'failed').map((status) => `status=${status}`);
    assert.deepEqual(await filtered(`?${every.join('&')}`), new Set(STATUSES));
    const emails = await list('?template_type=email&template_type=sms', OTHER);
    assert.deepEqual(new Set(emails.notifications.map(({ type }) => type)), new Set(['email', 'sms']));
  });

  it('goes through pages of 250, with messages of one moment each once, and bulk sends where they are asked for', async () => {
    const service = newUuid();
    const bare = { templates: [], sms_senders: [], email_reply_to: [] };
    await app.apply([{ ...declaredService(bare), id: service, name: 'Busy' }]);
    const createdAt = new Date();
    const bulk = newUuid();
    const message = { type: 'email' as const, createdAt, serviceId: service };
    const own = await storeNotifications(
      app.test.database.db.pool,
      Array.from({ length: 520 }, () => message),
    );
    const [ofBulk = ''] = await storeNotifications(app.test.database.db.pool, [
      { ...message, createdAt: new Date(createdAt.getTime() + 1_000), jobId: bulk, jobRow: 0 },
    ]);
    const seen: string[] = [];
    const sizes: number[] = [];
    let query = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const { notifications, links } = await list(query, service);
      assert.equal(links.current, `${BASE}/v2/notifications${query}`);
      sizes.push(notifications.length);
      seen.push(...notifications.map(({ id }) => id));
      if (links.next === undefined) break;
      query = links.next.slice(`${BASE}/v2/notifications`.length);
      assert.equal(query, `?older_than=${notifications.at(-1)?.id}`);
    }
    assert.deepEqual(sizes, [250, 250, 20, 0]);
    assert.deepEqual(seen.toSorted(), own.toSorted());
    const newest = await list('?include_jobs=true', service);
    assert.ok(newest.notifications.some(({ id }) => id === ofBulk));
    // The id of a message of somebody else is no place to go on from.
    assert.deepEqual((await list(`?older_than=${own[0]}`)).notifications, []);
  });

  it('has shorter pages of long messages, and leaves none out', async () => {
    const service = newUuid();
    const [long, filled] = [newUuid(), newUuid()];
    const bare = { sms_senders: [], email_reply_to: [] };
    const email = { type: 'email', subject: 'S' };
    const templates = [
      { ...email, id: long, name: 'Long', content: 'x'.repeat(1_900_000) },
      { ...email, id: filled, name: 'Filled', content: '((a))' },
    ];
    await app.apply([{ ...declaredService({ ...bare, templates }), id: service, name: 'Long-winded' }]);
    const now = Date.now();
    const ids = await storeNotifications(
      app.test.database.db.pool,
      Array.from({ length: 12 }, (_, place) => ({
        type: 'email' as const,
        createdAt: new Date(now + place),
        serviceId: service,
      })),
    );
    const { pool } = app.test.database.db;
    const values = app.context.secrets.seal(JSON.stringify({ a: 'y'.repeat(1_900_000) }));
    await pool.query('update notify.notifications set template_id = $2 where id = any($1)', [ids, long]);
    await pool.query(
      'update notify.notifications set template_id = $2, personalisation = $3 where id = any($1)',
      [ids.slice(8), filled, values],
    );
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let query = ''; sizes.at(-1) !== 0 && sizes.length < 9; ) {
      const { notifications, links } = await list(query, service);
      sizes.push(notifications.length);
      seen.push(...notifications.map(({ id }) => id));
      query = links.next?.slice(`${BASE}/v2/notifications`.length) ?? '';
    }
    assert.deepEqual(sizes, [8, 4, 0]);
    assert.deepEqual(seen.toSorted(), ids.toSorted());
    // Nor are more values read than fit, but for those of the first.
    const sizeOf = async (maxBytes: number) => {
      const filter = { statuses: undefined, types: ['email'], reference: undefined, olderThan: undefined };
      const scope = { serviceId: service, keyType: 'normal' as const, withJobs: false, limit: 250 };
      const rows = await listNotifications(app.context.db.kysely, { ...filter, ...scope, maxBytes });
      return rows.length;
    };
    assert.deepEqual([await sizeOf(6_000_000), await sizeOf(10)], [3, 1]);
  });

  it('shows who sent a single message, and links by the configured address', async () => {
    const [id = ''] = await storeNotifications(app.test.database.db.pool, [
      { type: 'sms', createdAt: new Date() },
    ]);
    await app.test.database.db.pool.query(
      `update notify.notifications set created_by_id = (select id from notify.users where name = 'Member') where id = $1`,
      [id],
    );
    const one = (await list()).notifications.find((shown) => shown.id === id);
    assert.equal(one?.created_by_name, 'Member');
    const sent = await app.call({
      url: '/v2/notifications/sms',
      body: { template_id: TEMPLATES.sms, phone_number: '07700900123', personalisation: { name: 'x' } },
    });
    const { uri, template } = sent.json<{ id: string; uri: string; template: { uri: string } }>();
    assert.match(uri, /^https:\/\/api\.example\.test\/v2\/notifications\/[0-9a-f-]{36}$/);
    assert.equal(template.uri, `${BASE}/services/${SERVICE_ID}/templates/${TEMPLATES.sms}`);
  });

  it('lists templates by name and type without those that are gone, which can still be read', async () => {
    const names = async (query = '') =>
      (await app.call({ url: `/v2/templates${query}` }))
        .json<{ templates: { name: string; type: string }[] }>()
        .templates.map(({ name, type }) => `${name}, ${type}`);
    const all = [
      'A letter, letter',
      'A text, email',
      'A text, sms',
      'An email, email',
      'With contact, letter',
    ];
    assert.deepEqual(await names(), all);
    assert.deepEqual(await names('?type=email&type=sms'), ['A text, email', 'An email, email']);
    const path = `/v2/template/${MORE.archived.toUpperCase().replaceAll('-', '')}`;
    assert.equal((await app.call({ url: path })).json<{ body: string }>().body, 'Was ((a))');
    const preview = await app.call({ url: `${path}/preview`, body: { personalisation: { a: 1 }, more: 1 } });
    assert.equal(preview.json<{ body: string }>().body, 'Was 1');
    const {
      updated_at: updated,
      created_at: created,
      ...letter
    } = (await app.call({ url: `/v2/template/${MORE.letter}` })).json<Record<string, unknown>>();
    assert.deepEqual([typeof created, updated], ['string', null]);
    assert.deepEqual(letter, {
      id: MORE.letter,
      type: 'letter',
      created_by: letter.created_by,
      version: 1,
      body: '((body))',
      subject: 'S ((subject))',
      name: 'With contact',
      personalisation: { office: { required: true }, subject: { required: true }, body: { required: true } },
      postage: 'first',
      letter_contact_block: 'The ((office))',
    });
    const twin = (await app.call({ url: `/v2/template/${MORE.twin}` })).json<{ personalisation: object }>();
    assert.deepEqual(Object.keys(twin.personalisation), ['b', 'A_b']);
    const pdf = { reference: 'r', content: 'AAAA' };
    const { id } = (await app.call({ url: '/v2/notifications/letter', body: pdf })).json<{ id: string }>();
    const { template } = (await app.call({ url: `/v2/notifications/${id}` })).json<{
      template: { id: string };
    }>();
    assert.equal((await app.call({ url: `/v2/template/${template.id}` })).statusCode, 404);
    // No body at all is one without personalisation.
    const empty = await app.call({ method: 'POST', url: `/v2/template/${TEMPLATES.sms}/preview`, body: '' });
    assert.match(empty.body, /Missing personalisation: name/);
  });

  it('takes JSON under any content type, ten megabytes of it and more', async () => {
    const body = JSON.stringify({
      template_id: TEMPLATES.sms,
      phone_number: '07700900123',
      personalisation: { name: 'x' },
    });
    const send = (payload: string, contentType = 'application/json') =>
      app.call({ url: '/v2/notifications/sms', body: payload, headers: { 'content-type': contentType } });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'nonsense',
    ]) {
      assert.equal((await send(body, type)).statusCode, 201, type);
    }
    const most = 10 * 1_024 * 1_024;
    assert.equal((await send(body.padEnd(most))).statusCode, 201);
    const more = await send(body.padEnd(32 * 1_024 * 1_024 + 1));
    assert.equal(more.statusCode, 413);
    assert.deepEqual(more.json(), {
      status_code: 413,
      errors: [{ error: 'RequestEntityTooLarge', message: 'Uploaded file exceeds file size limit' }],
    });
    for (const nothing of ['null', '[]', '""', '0', 'false', '{}']) {
      assert.match((await send(nothing)).body, /phone_number is a required property/);
    }
  });

  it('has the headers of the contract, and the trace of whoever began it', async () => {
    const call = async (headers: Record<string, string>) =>
      (await app.call({ url: '/v2/templates', headers })).headers;
    const { 'x-b3-traceid': trace, 'x-b3-spanid': span, ...rest } = await call({});
    assert.match(String(trace), /^[0-9a-f]{32}$/);
    assert.match(String(span), /^self-[0-9a-f]{16}$/);
    assert.partialDeepStrictEqual(rest, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'Content-Type,Authorization',
      'access-control-allow-methods': 'GET,PUT,POST,DELETE',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'x-permitted-cross-domain-policies': 'none',
      'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
      'cache-control': 'no-store, no-cache, private, must-revalidate',
    });
    const traces = { 'x-b3-traceid': 'b3', 'x-amz-cf-id': 'cf', 'x-amzn-trace-id': 'amzn' };
    assert.equal((await call({ ...traces, 'x-b3-spanid': 'span' }))['x-b3-spanid'], 'span');
    assert.equal((await call(traces))['x-b3-traceid'], 'b3');
    assert.equal((await call({ ...traces, 'x-b3-traceid': '' }))['x-b3-traceid'], 'cf');
    assert.equal((await call({ 'x-amzn-trace-id': 'amzn' }))['x-b3-traceid'], 'amzn');
  });

  it('goes on without counters that cannot be reached, and says nothing of a failure of its own', async () => {
    const body = { template_id: TEMPLATES.sms, phone_number: '07700900123', personalisation: { name: 'x' } };
    const { pool: connections } = app.test.database.db;
    await connections.query('alter table notify.token_buckets rename to not_there');
    try {
      assert.equal((await app.call({ url: '/v2/notifications/sms', body })).statusCode, 201);
    } finally {
      await connections.query('alter table notify.not_there rename to token_buckets');
    }
    await connections.query('alter table notify.inbound_sms rename to not_there');
    try {
      const answer = await app.call({ url: '/v2/received-text-messages' });
      assert.equal(answer.statusCode, 500);
      assert.deepEqual(answer.json(), {
        status_code: 500,
        errors: [{ error: 'Exception', message: 'Internal server error' }],
      });
    } finally {
      await connections.query('alter table notify.not_there rename to inbound_sms');
    }
  });

  it('lets a key in no longer once it is revoked, nor a service once it is archived', async () => {
    const status = async () => (await app.call({ url: '/v2/templates', serviceId: OTHER })).body;
    assert.match(await status(), /"templates"/);
    await app.test.database.db.pool.query(
      'update notify.api_keys set expiry_date = now() where service_id = $1 and key_type = $2',
      [OTHER, 'normal'],
    );
    // Settings of a service are kept for two seconds at most.
    for (
      const until = Date.now() + 20_000;
      Date.now() < until && (await status()).includes('"templates"');
    ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.match(await status(), /Invalid token: API key revoked/);
    const team = await app.call({ url: '/v2/templates', serviceId: OTHER, secret: KEYS.team });
    assert.equal(team.statusCode, 200);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createNotifyApp, type NotifyApp, newUuid, SERVICE_ID, TEMPLATES } from '../testing/notify-app.ts';

const REQUESTS = 20_000;

describe('bad requests', () => {
  let app: NotifyApp;
  before(async () => {
    app = await createNotifyApp({
      environment: { API_RATE_LIMIT_ENABLED: 'off', NOTIFY_DAILY_LIMITS_ENABLED: 'off' },
    });
  });
  after(() => app[Symbol.asyncDispose]());

  it(`gets the contract's refusal for each of ${REQUESTS} made-up requests, and stores nothing`, async () => {
    const random = createRandom(20_261_121);
    const statuses = new Map<number, number>();
    for (let done = 0; done < REQUESTS; done += 100) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => app.call(badRequest(random))));
      for (const answer of answers) {
        statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
        const body = answer.json<{ status_code: number; errors: { error: string; message: string }[] }>();
        assert.equal(body.status_code, answer.statusCode, answer.body);
        assert.ok(body.errors.length > 0 && body.errors.every(({ error, message }) => error && message));
      }
    }
    assert.deepEqual([...statuses.keys()].sort(), [400, 403, 404, 405]);
    const { rows } = await app.test.database.db.pool.query(`
      select (select count(*)::int from notify.notifications) as notifications,
        (select count(*)::int from pgboss.job where name like 'notify.%') as jobs,
        (select count(*)::int from notify.daily_counters) as counters`);
    assert.deepEqual(rows, [{ notifications: 0, jobs: 0, counters: 0 }]);
  });

  it('gets no 500 from what claims to be a provider or a mail program either', async () => {
    const random = createRandom(7);
    const server = app.test.module('notify');
    const paths = [
      'sms/mmg',
      'sms/firetext',
      'sms/http',
      'sms/receive/mmg',
      'sms/receive/firetext',
      'email/ses',
    ];
    for (let number = 0; number < 1_000; number += 1) {
      const isUnsubscribe = number % 7 === 0;
      const url = isUnsubscribe
        ? `/unsubscribe/${random.pick([newUuid(), 'x'])}/${encodeURIComponent(random.text())}`
        : `/notifications/${random.pick(paths)}`;
      const answer = await server.inject({
        method: 'POST',
        url,
        headers: {
          'content-type': random.pick([
            'application/json',
            'text/plain',
            'nonsense',
            'application/x-www-form-urlencoded',
          ]),
        },
        payload: random.pick([
          JSON.stringify(random.value(0)),
          random.text(),
          'status=\u0000&reference=%00',
          '',
        ]),
      });
      assert.ok(answer.statusCode < 500, `${url} ${answer.statusCode} ${answer.body}`);
    }
    await app.drain();
  });
});

type Random = ReturnType<typeof createRandom>;

/** A request that breaks at least one rule, with anything where something else was due. */
function badRequest(random: Random): Parameters<NotifyApp['call']>[0] {
  const channel = random.pick(['sms', 'email', 'letter']);
  const url = `/v2/notifications/${channel}`;
  const send = (body: unknown) => ({ url, body: body as object });
  const good: Record<string, unknown> = {
    sms: { template_id: TEMPLATES.sms, phone_number: '07700900123', personalisation: { name: 'x' } },
    email: {
      template_id: TEMPLATES.email,
      email_address: 'ann@example.test',
      personalisation: { name: 'x' },
    },
    letter: { template_id: TEMPLATES.letter, personalisation: { name: 'x' } },
  };
  const fields = { ...(good[channel] as object) } as Record<string, unknown>;
  const anything = () => random.value(0);
  const notText = () => random.pick([null, 5, 1.5, true, [], {}, [anything()], { a: anything() }]);
  return random.pick([
    () => send(`{"a": ${random.text()}`),
    () => send({ ...fields, [`x${random.text()}`]: anything() }),
    () => send({ ...fields, template_id: random.pick([random.text(), notText(), newUuid()]) }),
    () => send({ ...fields, personalisation: random.pick([null, [], 'x', 5, false]) }),
    () => send({ ...fields, reference: random.pick([notText(), 'x'.repeat(1_001), 'a\u0000']) }),
    () => ({
      url: '/v2/notifications/sms',
      body: { ...(good.sms as object), phone_number: random.pick([notText(), random.text(), '07']) },
    }),
    () => ({
      url: '/v2/notifications/email',
      body: {
        ...(good.email as object),
        email_address: random.pick([notText(), `${random.text()}@`, 'a@b']),
      },
    }),
    () => ({
      url: '/v2/notifications/email',
      body: {
        ...(good.email as object),
        personalisation: { name: { file: anything(), retention_period: random.text() } },
      },
    }),
    () => ({
      url: '/v2/notifications/email',
      body: { ...(good.email as object), one_click_unsubscribe_url: random.pick([notText(), random.text()]) },
    }),
    () => ({
      url: '/v2/notifications/email',
      body: { ...(good.email as object), scheduled_for: `1999-${random.text()}` },
    }),
    () => ({
      url: '/v2/notifications/letter',
      body: { reference: 'r', content: random.pick(['A', 'AAAAA', 'abc', 'ab=']) },
    }),
    () => ({
      url: '/v2/notifications/letter',
      body: { template_id: TEMPLATES.letter, personalisation: random.record() },
    }),
    () => ({
      url: `/v2/notifications?${random.pick(['status', 'template_type', 'older_than', 'page', 'include_jobs'])}=${encodeURIComponent(random.text())}x`,
    }),
    () => ({
      url: `/v2/notifications/${random.pick([newUuid(), 'x', `${newUuid()}x`])}${random.pick(['', '/pdf'])}`,
    }),
    () => ({
      url: `/v2/template/${random.pick([newUuid(), 'x'])}${random.pick(['', '/version/1', '/version/99999999999999999999', '/version/x'])}`,
    }),
    () => ({
      url: `/v2/template/${TEMPLATES.email}/preview`,
      body: { personalisation: random.pick([[], {}, null, 'x']) },
    }),
    () => ({ url: `/v2/received-text-messages?older_than=${encodeURIComponent(random.text())}x` }),
    () => ({ url: '/v2/templates?type=x' }),
    () => ({ url: `/v2/${encodeURIComponent(random.text())}x` }),
    () => ({ url: '/v2/notifications', method: 'DELETE' as const }),
    () => ({ url: '/v2/templates', serviceId: random.pick([newUuid(), 'x', SERVICE_ID]), secret: newUuid() }),
  ])();
}

function createRandom(seed: number) {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T;
  const text = () =>
    Array.from({ length: 1 + Math.floor(next() * 30) }, () =>
      String.fromCharCode(Math.floor(next() * pick([0x80, 0x300, 0xd7ff]))),
    ).join('');
  const record = (): Record<string, unknown> => ({ [text()]: value(3), [text()]: value(3) });
  const value = (depth: number): unknown =>
    pick<() => unknown>([
      () => null,
      () => next() > 0.5,
      () => next() * 10 ** Math.floor(next() * 30),
      text,
      () => (depth > 3 ? [] : Array.from({ length: 3 }, () => value(depth + 1))),
      () => (depth > 3 ? {} : { [text()]: value(depth + 1) }),
    ])();
  return { pick, text, record, value };
}

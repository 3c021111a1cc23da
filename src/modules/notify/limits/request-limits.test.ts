import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createLogger } from '#platform/telemetry';
import { type Acceptance, createAcceptor } from '../notifications/accept.ts';
import { newNotificationId } from '../notifications/notification.ts';
import { toService } from '../services/service.ts';
import { findService } from '../services/service-queries.ts';
import { deliverSmsTask } from '../tasks/definitions.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  newUuid,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { createRequestLimits } from './request-limits.ts';

interface Vector {
  name: string;
  rate_limit_per_minute: number;
  request_times: number[] | { repeat: number; count: number };
  accepted_count: number;
  accepted: boolean[] | null;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../testing/vectors/rate-limit.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };
const START = new Date('2026-08-01T12:00:00Z').getTime();
const log = createLogger({ level: 'silent', name: 'test' });

describe('limits of requests', () => {
  let app: NotifyApp;
  before(async () => {
    app = await createNotifyApp();
  });
  after(() => app[Symbol.asyncDispose]());

  const addService = async (limits: Record<string, number>, live = true): Promise<string> => {
    const id = newUuid();
    const keys = declaredService().api_keys;
    const templates = declaredService().templates.map((template) => ({ ...template, id: newUuid() }));
    await app.apply([
      {
        ...declaredService(),
        id,
        name: id,
        live,
        limits,
        templates,
        api_keys: keys,
        sms_senders: [],
        email_reply_to: [],
      },
    ]);
    return id;
  };
  const serviceOf = async (id: string) => {
    const { db } = app.test.database;
    const row = await findService(db.kysely, id, new Date());
    assert.ok(row);
    return toService(row, { open: () => 'secret' });
  };
  /** As one web process has them; `at` is its clock. */
  const limitsAt = (at: { ms: number }) =>
    createRequestLimits({
      db: app.test.database.db,
      clock: { now: () => new Date(at.ms) },
      log,
      isRateLimited: true,
      isDailyLimited: true,
    });
  const isAdmitted = (admission: Promise<void>) =>
    admission.then(
      () => true,
      (error: { status: number; message: string }) => {
        assert.equal(error.status, 429);
        assert.match(error.message, /^Exceeded rate limit for key type LIVE of \d+ requests per 60 seconds$/);
        return false;
      },
    );

  for (const vector of cases) {
    it(`conformance: ${vector.name}`, async () => {
      const service = await serviceOf(await addService({ per_minute: vector.rate_limit_per_minute }));
      const at = { ms: START };
      const limits = limitsAt(at);
      const times = Array.isArray(vector.request_times)
        ? vector.request_times
        : Array.from(
            { length: vector.request_times.count },
            () => (vector.request_times as { repeat: number }).repeat,
          );
      const accepted: boolean[] = [];
      for (const seconds of times) {
        at.ms = START + seconds * 1_000;
        accepted.push(await isAdmitted(limits.admit(service, 'normal', 'sms')));
      }
      assert.equal(accepted.filter(Boolean).length, vector.accepted_count);
      if (vector.accepted) assert.deepEqual(accepted, vector.accepted);
    });
  }

  it('is exact over two processes and however many requests come at once', async () => {
    const service = await serviceOf(await addService({ per_minute: 300 }));
    const processes = [limitsAt({ ms: START }), limitsAt({ ms: START })];
    const admissions = await Promise.all(
      Array.from({ length: 400 }, (_, place) => {
        const limits = processes[place % 2];
        assert.ok(limits);
        return isAdmitted(limits.admit(service, 'normal', 'sms'));
      }),
    );
    assert.equal(admissions.filter(Boolean).length, 100);
  });

  it('has a bucket for each key type', async () => {
    const service = await serviceOf(await addService({ per_minute: 3 }));
    const limits = limitsAt({ ms: START });
    assert.equal(await isAdmitted(limits.admit(service, 'normal', 'sms')), true);
    assert.equal(await isAdmitted(limits.admit(service, 'normal', 'sms')), false);
    await limits.admit(service, 'test', 'sms');
    await assert.rejects(limits.admit(service, 'test', 'sms'), /key type TEST of 3/);
  });

  const postSms = (
    serviceId: string,
    templateId: string,
    key: 'normal' | 'test' = 'normal',
    phone = '07700900123',
  ) =>
    app.call({
      url: '/v2/notifications/sms',
      key,
      serviceId,
      body: { template_id: templateId, phone_number: phone, personalisation: { name: 'x' } },
    });

  it('lets no more messages of a day through than the limit, however many come at once', async () => {
    const templateId = newUuid();
    const id = newUuid();
    const templates = [{ id: templateId, type: 'sms', name: 'A text', content: 'Hello ((name))' }];
    await app.apply([
      {
        ...declaredService(),
        id,
        name: id,
        templates,
        sms_senders: [],
        email_reply_to: [],
        limits: { sms: 10 },
      },
    ]);
    const answers = await Promise.all(Array.from({ length: 30 }, () => postSms(id, templateId)));
    assert.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 10);
    const refused = answers.find(({ statusCode }) => statusCode !== 201);
    assert.equal(refused?.statusCode, 429);
    assert.deepEqual(refused?.json(), {
      status_code: 429,
      errors: [{ error: 'TooManyRequestsError', message: 'Exceeded send limits (sms: 10) for today' }],
    });
    const { rows } = await app.test.database.db.pool.query(
      'select channel, count from notify.daily_counters where service_id = $1',
      [id],
    );
    assert.deepEqual(rows, [{ channel: 'sms', count: '10' }]);
    // Test keys and simulated recipients are not counted, and the one are not stopped.
    assert.equal((await postSms(id, templateId, 'test')).statusCode, 201);
  });

  it('counts texts abroad a second time', async () => {
    const templateId = newUuid();
    const id = newUuid();
    const templates = [{ id: templateId, type: 'sms', name: 'A text', content: 'Hello ((name))' }];
    const permissions = ['sms', 'international_sms'];
    await app.apply([
      {
        ...declaredService(),
        id,
        name: id,
        templates,
        permissions,
        sms_senders: [],
        email_reply_to: [],
        limits: { international_sms: 1 },
      },
    ]);
    assert.equal((await postSms(id, templateId, 'normal', '+33612345678')).statusCode, 201);
    const second = await postSms(id, templateId, 'normal', '+33612345678');
    assert.equal(
      second.json<{ errors: { message: string }[] }>().errors[0]?.message,
      'Exceeded send limits (international_sms: 1) for today',
    );
    assert.equal((await postSms(id, templateId)).statusCode, 201);
  });

  /** A message of a service with a limit of one text a day, as a request leads to it. */
  const acceptanceOf = (
    serviceId: string,
    templateId: string,
    more: Partial<Acceptance> = {},
  ): Acceptance => {
    const id = newNotificationId();
    return {
      notification: {
        id,
        service_id: serviceId,
        template_id: templateId,
        template_version: 1,
        api_key_id: null,
        key_type: 'normal',
        notification_type: 'sms',
        status: 'created',
        created_at: app.context.clock.now(),
        client_reference: null,
        recipient: '07700900123',
        normalised_to: '447700900123',
        personalisation: '',
        billable_units: 0,
        international: false,
        correlation_id: id,
      },
      task: deliverSmsTask,
      counts: [{ channel: 'sms', limit: 1 }],
      ...more,
    };
  };
  const stored = async (serviceId: string) => {
    const { rows } = await app.test.database.db.pool.query(
      `select (select count(*)::int from notify.notifications where service_id = $1) as messages,
         (select count(*)::int from pgboss.job where singleton_key = $1::text) as jobs,
         (select coalesce(sum(count), 0)::int from notify.daily_counters where service_id = $1) as counted`,
      [serviceId],
    );
    return rows[0];
  };

  it('counts on and refuses nothing when the daily limits are off', async () => {
    const id = await addService({});
    const acceptor = createAcceptor({
      db: app.test.database.db,
      jobs: app.context.jobs,
      isDailyLimited: false,
      metrics: app.context.metrics,
    });
    const accept = () => acceptor.accept(acceptanceOf(id, TEMPLATES.sms));
    await Promise.all([accept(), accept(), accept()]);
    assert.deepEqual(await stored(id), { messages: 3, jobs: 3, counted: 3 });
  });

  it('stores nothing of a request whose time ran out while it waited for the database', async () => {
    const id = await addService({});
    await app.context.acceptor.accept(acceptanceOf(id, TEMPLATES.sms));
    const limits = [{ channel: 'sms' as const, limit: 100 }];
    const blocker = await app.test.database.db.pool.connect();
    await blocker.query('begin');
    await blocker.query('select * from notify.daily_counters where service_id = $1 for update', [id]);
    const accept = (milliseconds: number) =>
      app.context.acceptor.accept(
        acceptanceOf(id, TEMPLATES.sms, { counts: limits, deadline: performance.now() + milliseconds }),
      );
    const late = [accept(-1), accept(50), accept(60)];
    const inTime = accept(600_000);
    const outcomes = Promise.allSettled([...late, inTime]);
    await setTimeout(70);
    await blocker.query('rollback');
    blocker.release();
    assert.deepEqual(
      (await outcomes).map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as { status: number }).status : 201,
      ),
      [504, 504, 504, 201],
    );
    assert.deepEqual(await stored(id), { messages: 2, jobs: 2, counted: 2 });
  });

  it('refuses before it reads the body', async () => {
    const id = await addService({ sms: 0 });
    const answer = await app.call({ url: '/v2/notifications/sms', serviceId: id, body: '{not json' });
    assert.equal(answer.statusCode, 429);
    assert.equal((await postSms(id, TEMPLATES.sms, 'test')).statusCode, 429);
  });
});

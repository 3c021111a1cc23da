import { createHmac, randomUUID } from 'node:crypto';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Clock, Logger } from '#platform/telemetry';
import { createTestApp, type TestApp } from '../../../../test/harness/app.ts';
import type { BulkSends } from '../bulk-sends/bulk-sends.ts';
import { createBulkSends } from '../bulk-sends/create-bulk-sends.ts';
import type { NotifyContext } from '../context.ts';
import type { NotifyModule } from '../index.ts';
import { checkAnswer } from './answer-check.ts';

export const SERVICE_ID = '11111111-1111-4111-8111-111111111111';
export const KEYS = {
  normal: '22222222-2222-4222-8222-222222222221',
  team: '22222222-2222-4222-8222-222222222222',
  test: '22222222-2222-4222-8222-222222222223',
};
export const TEMPLATES = {
  sms: '33333333-3333-4333-8333-333333333331',
  email: '33333333-3333-4333-8333-333333333332',
  letter: '33333333-3333-4333-8333-333333333333',
};
export const SENDERS = {
  sms: '44444444-4444-4444-8444-444444444441',
  email: '44444444-4444-4444-8444-444444444442',
};

/** A live service with one template of each kind, as the apply file declares it. */
export function declaredService(overrides: Record<string, unknown> = {}) {
  return {
    id: SERVICE_ID,
    name: 'Pigeon Affairs',
    live: true,
    permissions: ['email', 'sms', 'letter', 'inbound_sms'],
    contact_link: 'https://www.example.test/contact',
    api_keys: (['normal', 'team', 'test'] as const).map((type) => ({
      name: `${type} key`,
      type,
      secret: KEYS[type],
    })),
    templates: [
      { id: TEMPLATES.sms, type: 'sms', name: 'A text', content: 'Hello ((name))' },
      {
        id: TEMPLATES.email,
        type: 'email',
        name: 'An email',
        subject: 'About ((name))',
        content: 'Hello ((name))\n\n# Your pigeon\n\nIt flew.',
      },
      {
        id: TEMPLATES.letter,
        type: 'letter',
        name: 'A letter',
        subject: 'Letter for ((name))',
        content: 'Dear ((name))',
      },
    ],
    sms_senders: [{ id: SENDERS.sms, sender: 'PIGEONS', default: true }],
    email_reply_to: [{ id: SENDERS.email, address: 'replies@example.test', default: true }],
    ...overrides,
  };
}

export interface NotifyApp {
  test: TestApp;
  /** Applies a section as `signalbox apply` does. */
  apply(services: Record<string, unknown>[]): Promise<void>;
  /** A request with a token of the key, its answer held against the OpenAPI document. */
  call(options: CallOptions): Promise<LightMyRequestResponse>;
  drain(): Promise<void>;
  /** What the module's own code works with. */
  context: NotifyContext;
  bulkSends(): BulkSends;
  enqueue(task: string, payloads: object[]): Promise<void>;
  /** Services and templates that a test changed in tables are read again. */
  clearCaches(): void;
  /** Runs what the clock would start, and what it leads to. */
  runScheduled(name: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CallOptions {
  method?: InjectOptions['method'];
  url: string;
  body?: unknown;
  key?: keyof typeof KEYS;
  serviceId?: string;
  secret?: string;
  headers?: Record<string, string>;
}

/** The application with the notify module alone and the service above. */
export async function createNotifyApp(
  options: {
    environment?: Record<string, string>;
    now?: Date;
    /** A clock that the test turns. */
    clock?: Clock;
    services?: Record<string, unknown>[];
    log?: Logger;
  } = {},
): Promise<NotifyApp> {
  const test = await createTestApp({
    ...(options.now ? { now: options.now } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.log ? { log: options.log } : {}),
    environment: { SIGNALBOX_MODULES: 'notify', ...options.environment },
  });
  const running = test.app.modules.find(({ definition }) => definition.name === 'notify');
  const section = running?.module.apply;
  if (!running || !section) throw new Error('The notify module has no apply section');
  // The definition above is the module's own.
  const { context } = running.module as NotifyModule;
  const app: NotifyApp = {
    test,
    apply: async (services) => {
      const actor = { kind: 'operator' as const, id: 'test', name: 'test' };
      await section.apply({ services }, { dryRun: false, actor });
    },
    call: async ({ method, url, body, key = 'normal', serviceId = SERVICE_ID, secret, headers }) => {
      const verb = method ?? (body === undefined ? 'GET' : 'POST');
      const response = await test.module('notify').inject({
        method: verb,
        url,
        headers: {
          authorization: `Bearer ${tokenFor(serviceId, secret ?? KEYS[key], test.app.clock.now())}`,
          'content-type': 'application/json',
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
      });
      checkAnswer(verb, url, response);
      return response;
    },
    drain: () => test.drain(),
    context,
    bulkSends: () => createBulkSends(context),
    enqueue: async (name, payloads) => {
      const task = running.module.tasks.find((one) => one.name === name);
      if (!task) throw new Error(`The notify module has no task ${name}`);
      const items = payloads.map((payload) => ({ payload, key: SERVICE_ID }));
      await test.app.stores[0].jobs.enqueue(null, task, items);
    },
    clearCaches: () => {
      context.services.clear();
      context.templates.clear();
    },
    runScheduled: async (name) => {
      await app.enqueue('notify.run_periodic', [{ name }]);
      await test.drain();
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
  await app.apply(options.services ?? [declaredService()]);
  return app;
}

/** A token as the official clients make it. */
export function tokenFor(serviceId: string, secret: string, now: Date): string {
  return signToken({ iss: serviceId, iat: Math.round(now.getTime() / 1_000) }, secret);
}

export function signToken(
  claims: unknown,
  secret: string,
  header: unknown = { typ: 'JWT', alg: 'HS256' },
): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export function newUuid(): string {
  return randomUUID();
}

import assert from 'node:assert/strict';
import { createLogger } from '#platform/telemetry';
import { createTestApp, type TestApp } from '../../../../test/harness/app.ts';
import { type RunningSimulators, startSimulators } from '../../../../test/harness/simulators.ts';

export const ANA = { id: '11111111-1111-4111-8111-111111111111', email: 'ana@example.org', name: 'Ana' };
export const BO = { id: '22222222-2222-4222-8222-222222222222', email: 'bo@example.org', name: 'Bo' };
export const ADMIN = { id: '33333333-3333-4333-8333-333333333333', email: 'admin@example.org', name: 'Ad' };
export const PASSWORD = 'Passw0rd!';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests assert on parts of any answer
  body: any;
  headers: Record<string, string | string[] | number | undefined>;
  cookies: Map<string, string>;
}

export interface SendOptions {
  /** Whose session. */
  as?: { email: string };
  body?: unknown;
  headers?: Record<string, string>;
  cookies?: Map<string, string>;
}

export interface ListsApp {
  test: TestApp;
  simulators: RunningSimulators;
  clock: { now: Date };
  /** What was logged, line by line, oldest first. */
  logs: string[];
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  apply(section: object): Promise<void>;
  /** Letters that arrived, oldest first. */
  letters(): Promise<{ to: string[]; subject: string; text: string; html: string }[]>;
  sessionOf(person: { email: string }): Promise<string>;
  close(): Promise<void>;
}

/** The module with simulators, three people and one session each; policy as given. */
export async function openLists(
  settings: Record<string, unknown> = {},
  environment: Record<string, string> = {},
): Promise<ListsApp> {
  const simulators = await startSimulators({
    host: '127.0.0.1',
    port: 0,
    smtpPort: 0,
    log: createLogger({ level: 'silent', name: 'test' }),
    settings: { visits: 10, pharmacies: 10 },
  });
  const clock = { now: new Date() };
  const logs: string[] = [];
  const log = createLogger({
    level: 'info',
    name: 'test',
    destination: { write: (lines) => logs.push(...lines.split('\n').filter((line) => line !== '')) },
  });
  const test = await createTestApp({
    environment: {
      SIGNALBOX_MODULES: 'lists',
      SMTP_URL: simulators.smtpUrl,
      GOOGLE_ISSUER: `${simulators.url}/google`,
      FACEBOOK_URL: `${simulators.url}/facebook`,
      LISTS_LOOKUP_ORIGINS: `${simulators.url}/shops/`,
      ...environment,
    },
    clock: { now: () => clock.now },
    log,
  });
  const running = test.app.modules.find(({ definition }) => definition.name === 'lists');
  assert.ok(running?.module.apply);
  const { apply } = running.module;
  const applySection = async (section: object) => {
    await apply.apply(section, { dryRun: false, actor: { kind: 'cli', id: 'test', name: 'test' } });
  };
  await applySection({
    users: [
      { ...ANA, password: PASSWORD, verified: true, roles: ['editor'] },
      { ...BO, password: PASSWORD, verified: true },
      { ...ADMIN, password: PASSWORD, verified: true, roles: ['admin'] },
    ],
    api_clients: [{ access_key: 'AKIAANA', secret_key: 'secret-of-ana', user: ANA.email }],
    settings: { rate_limits: false, ...settings },
  });
  const sessions = new Map<string, Promise<string>>();
  const app: ListsApp = {
    test,
    simulators,
    clock,
    logs,
    apply: applySection,
    async send(method, path, options = {}) {
      const cookies = new Map(options.cookies);
      if (options.as) cookies.set('lists_session', await app.sessionOf(options.as));
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const { body } = options;
      const response = await test.module('lists').inject({
        // Methods of tests are spelt as HTTP does.
        method: method as 'GET',
        url: path,
        headers: { ...(cookie === '' ? {} : { cookie }), ...options.headers },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return {
        status: response.statusCode,
        body: parse(response.body),
        headers: response.headers,
        cookies: new Map(response.cookies.map(({ name, value }) => [name, value])),
      };
    },
    async letters() {
      await test.drain();
      const response = await fetch(`${simulators.url}/mail/calls`);
      return (await response.json()) as Awaited<ReturnType<ListsApp['letters']>>;
    },
    sessionOf(person) {
      const known = sessions.get(person.email) ?? signIn(app, person.email);
      sessions.set(person.email, known);
      return known;
    },
    async close() {
      await test[Symbol.asyncDispose]();
      await simulators[Symbol.asyncDispose]();
    },
  };
  return app;
}

async function signIn(app: ListsApp, email: string): Promise<string> {
  const answer = await app.send('POST', '/auth/sign-in', { body: { email, password: PASSWORD } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const token = answer.cookies.get('lists_session');
  assert.ok(token);
  return token;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

const PRODUCT = {
  retailer: 'Acme',
  details: 'Wooden train',
  imageUrl: '//img.example/train.jpg',
  price: '12.50',
};

export async function makeList(app: ListsApp, fields: object = {}): Promise<string> {
  const body = {
    title: 'Ida turns one',
    description: '',
    occasion: 'Birthday',
    imageUrl: '/i.png',
    ...fields,
  };
  const { body: answer, status } = await app.send('POST', '/lists', { as: ANA, body });
  assert.equal(status, 200, JSON.stringify(answer));
  return answer.listId;
}

let products = 0;

/** A catalogue product on the list. */
export async function addGift(app: ListsApp, listId: string, quantity = 1): Promise<string> {
  products += 1;
  const body = { ...PRODUCT, brand: `Brand ${products}`, productUrl: `https://shop.example/p${products}` };
  const created = await app.send('POST', '/products', { as: ANA, body });
  const { productId } = created.body;
  const added = await app.send('POST', `/lists/${listId}/product/${productId}`, {
    as: ANA,
    body: { quantity, productType: 'products' },
  });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  return productId;
}

export function reserveBody(quantity: unknown = 1, name: string | undefined = 'Cy') {
  const product = { type: 'products', brand: 'b', details: 'd', productUrl: 'u', imageUrl: 'i' };
  return { quantity, title: 'a title', ...(name === undefined ? {} : { name }), product };
}

export function reserve(
  app: ListsApp,
  key: { listId: string; productId: string },
  email: string,
  options: SendOptions & { quantity?: number } = {},
): Promise<Answer> {
  const path = `/lists/${key.listId}/reserve/${key.productId}/email/${encodeURIComponent(email)}`;
  return app.send('POST', path, { body: reserveBody(options.quantity ?? 1), ...options });
}

/** Runs a scheduled task to its end and gives back all letters so far. */
export async function runTask(
  app: ListsApp,
  name: string,
): Promise<Awaited<ReturnType<ListsApp['letters']>>> {
  const task = app.test.app.modules.flatMap(({ module }) => module.tasks).find((one) => one.name === name);
  assert.ok(task);
  await app.test.app.stores[0].jobs.enqueue(null, task, [{ payload: {} }]);
  return app.letters();
}

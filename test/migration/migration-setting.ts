import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../../src/simulators/index.ts';
import { createTestApp, type TestApp } from '../harness/app.ts';

export interface Answer<Body = unknown> {
  status: number;
  body: Body;
}

/** The application with the simulators as its upstreams: events go in by its door, audits tell what came of them. */
export interface MigrationSetting {
  readonly app: TestApp;
  readonly simulatorsUrl: string;
  /** The migration module, as an operator. */
  call<Body = never>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
  ): Promise<Answer<Body>>;
  /** As a client of the auth simulator with the usual secret. */
  callAs<Body = never>(
    client: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
  ): Promise<Answer<Body>>;
  /** A simulator's page, control or API, with a token for all of them. */
  simulator<Body = never>(path: string, method?: string, body?: unknown): Promise<Answer<Body>>;
  /** Runs every job there is; on a busy machine that may take its time. */
  drain(): Promise<void>;
  sendEvent(queue: string, eventType: string, message: object): Promise<void>;
  /** Empties simulators, mappings and dead letters, so that the tests of a file can share one application. */
  reset(): Promise<void>;
  /** Names and properties of the register's events since the last reset, oldest first, whose name has the part. */
  events(part: string): Promise<{ name: string; properties: Record<string, string> }[]>;
  /** Runs a migration to its end and gives its history. */
  run(
    path: string,
    filter?: object,
  ): Promise<{ recordsMigrated: number; recordsFailed: number; status: string }>;
  /** `signalbox migration reconcile`, with the repair asked for: how many differences of each kind it found. */
  reconcile(type: string, repair?: string): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DRAIN_MS = 240_000;
const SIMULATORS = [
  'nomis',
  'vsip',
  'adjustments',
  'locations',
  'alerts',
  'casenotes',
  'visit-balance',
  'staff',
  'agency',
  'finance',
  'mapping',
];
const MAPPINGS = [
  '/mapping/sentencing/adjustments',
  '/mapping/locations',
  '/mapping/alerts',
  '/mapping/casenotes',
  '/mapping/visit-balance',
  '/mapping/visit-balance-adjustment',
  '/mapping/staff',
  '/mapping/prisoner-balance',
  '/mapping/transactions',
];

export const NOW = new Date('2031-05-14T08:12:33Z');

export async function startMigrationSetting(
  environment: Record<string, string> = {},
  options: { remoteMappings?: boolean } = {},
): Promise<MigrationSetting> {
  const simulators = await startSimulators({
    host: '127.0.0.1',
    port: 0,
    smtpPort: 0,
    log: createLogger({ level: 'silent', name: 'test' }),
    settings: { visits: 10, prisoners: 8, now: () => NOW },
  });
  const settings = { ...upstreamsAt(simulators), ...environment };
  if (options.remoteMappings) settings.API_BASE_URL_MAPPING = `${simulators.url}/mapping`;
  const app = await createTestApp({ environment: settings, now: NOW });
  const operator = await tokenOf(simulators.url, 'migration-operator');
  const service = await tokenOf(simulators.url, 'prisoner-from-nomis');

  async function callWith<Body>(
    token: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
  ): Promise<Answer<Body>> {
    const answer = await app.module('migration').inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, body: (answer.body === '' ? undefined : answer.json()) as Body };
  }

  const call: MigrationSetting['call'] = (method, url, body) => callWith(operator, method, url, body);

  async function simulator<Body>(path: string, method = 'GET', body?: unknown): Promise<Answer<Body>> {
    const answer = await fetch(simulators.url + path, {
      method,
      headers: { authorization: `Bearer ${service}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  }

  async function allEvents() {
    const [store] = app.app.stores;
    const filter = { module: 'migration', order: 'oldest' } as const;
    return (await store.events.search(filter, { limit: 5_000 })).events;
  }
  const drain = async () => {
    for (const store of app.app.stores) await store.jobs.drain({ timeoutMs: DRAIN_MS });
  };
  let seen = 0;

  return {
    app,
    simulatorsUrl: simulators.url,
    call,
    callAs: async (client, method, url, body) =>
      callWith(await tokenOf(simulators.url, client), method, url, body),
    simulator,
    drain,
    async sendEvent(queue, eventType, message) {
      const answer = await call('POST', `/queues/${queue}/messages`, envelope(eventType, message));
      if (answer.status >= 300) throw new Error(`The event was answered ${answer.status}`);
    },
    async events(part) {
      return (
        (await allEvents())
          .slice(seen)
          .filter(({ name }) => name.includes(part))
          // All property values of the contract are texts.
          .map(({ name, properties }) => ({ name, properties: properties as Record<string, string> }))
      );
    },
    async reset() {
      for (const name of SIMULATORS) {
        await simulator(`/${name}/data`, 'DELETE');
        await simulator(`/${name}/calls`, 'DELETE');
        await simulator(`/${name}/faults`, 'PUT', []);
      }
      for (const path of MAPPINGS) await call('DELETE', path);
      const health = await call<Record<string, unknown>>('GET', '/health');
      for (const [, dlqName] of JSON.stringify(health.body).matchAll(/"dlqName":"([^"]+)"/g)) {
        await call('PUT', `/queue-admin/purge-queue/${dlqName}`);
      }
      seen = (await allEvents()).length;
    },
    async run(path, filter = {}) {
      const started = await call<{ migrationId: string }>('POST', path, filter);
      if (started.status !== 202) throw new Error(`The start was answered ${started.status}`);
      await drain();
      const history = await call<{ recordsMigrated: number; recordsFailed: number; status: string }>(
        'GET',
        `/migrate/history/${started.body.migrationId}`,
      );
      return history.body;
    },
    async reconcile(type, repair) {
      const running = app.app.modules.find(({ definition }) => definition.name === 'migration');
      const command = running?.module.commands?.find(({ name }) => name === 'reconcile');
      if (!command) throw new Error('The module has no command reconcile');
      let found: Record<string, number> | undefined;
      const done = command
        .run({ type, full: true, ...(repair === undefined ? {} : { repair }) }, () => undefined)
        .then((result) => {
          found = (result as { differences: Record<string, number> }).differences;
        });
      while (found === undefined) await Promise.race([done, drain()]);
      await drain();
      return Object.fromEntries(Object.entries(found).filter(([, count]) => count > 0));
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await simulators[Symbol.asyncDispose]();
    },
  };
}

export function envelope(eventType: string, message: object) {
  return {
    Type: 'Notification',
    MessageId: crypto.randomUUID(),
    Message: JSON.stringify({ eventType, ...message }),
    MessageAttributes: { eventType: { Type: 'String', Value: eventType } },
  };
}

/** Settings that point the module at the simulators and let nothing wait longer than a test wants to. */
export function upstreamsAt({ url }: Pick<RunningSimulators, 'url'>): Record<string, string> {
  return {
    SIGNALBOX_MODULES: 'migration',
    API_BASE_URL_HMPPS_AUTH: `${url}/auth`,
    API_BASE_URL_NOMIS: `${url}/nomis`,
    API_BASE_URL_VISITS: `${url}/vsip`,
    API_BASE_URL_SENTENCING: `${url}/adjustments`,
    API_BASE_URL_LOCATIONS: `${url}/locations`,
    API_BASE_URL_ALERTS: `${url}/alerts`,
    API_BASE_URL_CASENOTES: `${url}/casenotes`,
    API_BASE_URL_VISIT_BALANCE: `${url}/visit-balance`,
    API_BASE_URL_STAFF: `${url}/staff`,
    API_BASE_URL_AGENCY: `${url}/agency`,
    API_BASE_URL_FINANCE: `${url}/finance`,
    COMPLETE_CHECK_DELAY_SECONDS: '0',
    COMPLETE_CHECK_SCHEDULED_RETRY_SECONDS: '0',
    MIGRATION_CONCLUSIVE_SECONDS: '0',
    MIGRATION_EVENT_QUEUE_ERROR_VISIBILITY_TIMEOUT: '0',
    MIGRATION_QUEUE_ERROR_VISIBILITY_TIMEOUT: '0',
  };
}

async function tokenOf(url: string, client: string): Promise<string> {
  const answer = await fetch(`${url}/auth/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client}:clientsecret`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

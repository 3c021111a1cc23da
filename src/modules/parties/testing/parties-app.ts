import { createLogger, type Logger } from '#platform/telemetry';
import { createTestApp, type TestApp } from '../../../../test/harness/app.ts';
import { type OdsServer, startOdsServer } from './ods-server.ts';

export const PARTIES_KEY = 'parties-test-key-0123456789';

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | number | undefined>;
  json: () => unknown;
}

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE' | 'OPTIONS' | 'HEAD' | 'PUT' | 'PATCH';
  path: string;
  headers?: Record<string, string | undefined>;
  body?: unknown;
}

/** The application with the parties module alone, an organisation directory beside it, and a good key. */
export interface PartiesApp extends AsyncDisposable {
  test: TestApp;
  ods: OdsServer;
  /** Sends a request with a good key and version 1 unless it says otherwise. */
  call(call: Call): Promise<Answer>;
  createTeam(fields?: object): Promise<{ id: string; body: string; alias: string | null }>;
  createProduct(team: string, name?: string): Promise<{ id: string; body: string }>;
}

export async function createPartiesApp(
  options: {
    environment?: Record<string, string>;
    known?: string[];
    /** The application whose second process this one is. */
    sharing?: PartiesApp;
    now?: Date;
    /** Gets the log lines, which are dropped otherwise. */
    onLog?: (line: Record<string, unknown>) => void;
  } = {},
): Promise<PartiesApp> {
  const ods = await startOdsServer(options.known ?? ['F5H1R', 'Y90001', 'AB123']);
  const test = await createTestApp({
    environment: {
      SIGNALBOX_MODULES: 'parties',
      PARTIES_API_KEY: PARTIES_KEY,
      ODS_URL: ods.url,
      ...options.environment,
    },
    ...(options.now ? { now: options.now } : {}),
    ...(options.onLog ? { log: capturingLog(options.onLog) } : {}),
    ...(options.sharing ? { databaseUrl: options.sharing.test.database.url } : {}),
  });
  const call = async ({ method = 'GET', path, headers, body }: Call): Promise<Answer> => {
    const all = { version: '1', apikey: PARTIES_KEY, ...headers };
    const response = await test.module('parties').inject({
      method,
      url: path,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      ...(body === undefined ? {} : { payload: bodyOf(body) }),
    });
    return {
      status: response.statusCode,
      body: response.body,
      headers: response.headers,
      json: () => response.json(),
    };
  };
  return {
    test,
    ods,
    call,
    createTeam: async (fields) => {
      const body = { name: 'Northern Triage Tools', ods_code: 'F5H1R', ...fields };
      const { body: text } = await expect(201, call({ method: 'POST', path: '/ProductTeam', body }));
      const team = JSON.parse(text) as { id: string; keys: { key_value: string }[] };
      return { id: team.id, body: text, alias: team.keys[0]?.key_value ?? null };
    },
    createProduct: async (team, name = 'Bed Finder') => {
      const path = `/ProductTeam/${team}/Product`;
      const { body } = await expect(201, call({ method: 'POST', path, body: { name } }));
      return { id: (JSON.parse(body) as { id: string }).id, body };
    },
    [Symbol.asyncDispose]: async () => {
      await test[Symbol.asyncDispose]();
      await ods[Symbol.asyncDispose]();
    },
  };
}

function capturingLog(onLog: (line: Record<string, unknown>) => void): Logger {
  const destination = { write: (line: string) => onLog(JSON.parse(line)) };
  return createLogger({ level: 'info', name: 'test', destination });
}

/** A key of type product_team_id. */
export function keyOf(value: string) {
  return { key_type: 'product_team_id', key_value: value };
}

async function expect(status: number, answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  if (got.status !== status) throw new Error(`Expected ${status}, got ${got.status} ${got.body}`);
  return got;
}

function bodyOf(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
}

import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, type SimulatorSettings, startSimulators } from '../index.ts';

export interface TestSimulators {
  readonly url: string;
  readonly token: string;
  /** Status and parsed body; a body that is not JSON is given as text. */
  call(path: string, options?: CallOptions): Promise<{ status: number; body: unknown }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Simulators on free ports, called with the token of the client for development. */
export async function startTestSimulators(settings: SimulatorSettings = {}): Promise<TestSimulators> {
  const log = createLogger({ level: 'silent', name: 'test' });
  const running: RunningSimulators = await startSimulators({
    host: '127.0.0.1',
    port: 0,
    smtpPort: 0,
    log,
    settings,
  });
  const token = await fetchToken(running.url, 'prisoner-from-nomis', 'clientsecret');
  return {
    url: running.url,
    token,
    async call(path, { method = 'GET', body, headers = {} } = {}) {
      const answer = await fetch(running.url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: answer.status, body: parsed(await answer.text()) };
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

export async function fetchToken(url: string, id: string, secret: string): Promise<string> {
  const answer = await fetch(`${url}/auth/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

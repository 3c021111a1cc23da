import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { siblingUrl } from '#platform/db';
import { odsCodeAt } from '#reference/pharmacies';
import { changeEventFor } from '../../src/simulators/profile-editor/change-events.ts';
import { databaseUrl, findPid, queryOf, waitUntilReady } from '../instance.ts';

/** An instance with real processes that a scenario may break, and what is asked of it afterwards. */

const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_720);
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
/** Seconds that count as a minute for the alarms, so that a rehearsal takes one minute and not ten. */
export const MINUTE_SECONDS = 5;
export const PATIENCE_MS = 180_000;

export interface SentEvent {
  sequence: string;
  body: string;
  correlationId: string;
}

export interface System {
  dataDir: string;
  environment: NodeJS.ProcessEnv;
  url: string;
  /** One statement on our own database, or on that of DoS. */
  sql<R extends object>(text: string): Promise<R[]>;
  dos<R extends object>(text: string): Promise<R[]>;
  faults(simulator: string, faults: object[]): Promise<void>;
  slackTexts(): Promise<string>;
  post(event: SentEvent, key?: string): Promise<number>;
  signalbox(...args: string[]): Promise<string>;
  killWorker(): Promise<void>;
  startWorker(environment: NodeJS.ProcessEnv): void;
  isIdle(): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startSystem(options: {
  name: string;
  environment?: NodeJS.ProcessEnv;
  /** A data folder to go on with. */
  dataDir?: string;
}): Promise<System> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), `signalbox-chaos-${options.name}-`));
  const apiKey = randomBytes(40).toString('hex');
  const environment = {
    ...process.env,
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_PORT_BASE: String(PORT),
    SIGNALBOX_MODULES: 'directory',
    NHS_UK_API_KEY: apiKey,
    ENVIRONMENT: 'chaos',
    DIRECTORY_ALARM_MINUTE_SECONDS: String(MINUTE_SECONDS),
    DIRECTORY_EMBEDDED_PHARMACIES: '1000',
    ...options.environment,
  };
  const launch = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, [MAIN, ...args], { env: { ...environment, ...more }, stdio: 'ignore' });
  const processes: ChildProcess[] = [launch(['start', '--logs', 'files'])];
  await waitUntilReady(`http://127.0.0.1:${PORT}`, 120);
  const url = await databaseUrl(dataDir);
  const sql = <R extends object>(text: string) => queryOf<R>(url, text);
  const simulator = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${PORT + 20}${path}`, init);
  return {
    dataDir,
    environment,
    url,
    sql,
    dos: <R extends object>(text: string) => queryOf<R>(siblingUrl(url, 'dos'), text),
    faults: async (name, faults) => {
      const answer = await simulator(`/${name}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
      if (!answer.ok) throw new Error(`The simulator answered ${answer.status}: ${await answer.text()}`);
    },
    slackTexts: async () => (await simulator('/slack/calls')).text(),
    post: (event, key = apiKey) => post(event, key),
    signalbox: (...args) => runSignalbox(args, environment),
    killWorker: () => killWorker(dataDir),
    startWorker: (more) => void processes.push(launch(['worker'], { DATABASE_URL: url, ...more })),
    isIdle: async () => {
      const [row] = await sql<{ left: number }>(
        `select count(*)::int as left from pgboss.job where state < 'completed' and name in ('directory.ingest_change_event',
         'directory.match_services', 'directory.sync_service', 'directory.replay_events')`,
      );
      return row?.left === 0;
    },
    stop: async () => {
      for (const child of processes.reverse()) await end(child);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The worker that runs now: one that was killed before is still listed for a moment. */
async function killWorker(dataDir: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    try {
      process.kill(await findPid(dataDir, 'worker'), 'SIGKILL');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH' || Date.now() > deadline) throw error;
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function post({ sequence, body, correlationId }: SentEvent, key: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${PORT + 3}/v1/change-event`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      'sequence-number': sequence,
      'correlation-id': correlationId,
    },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

export async function runSignalbox(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`signalbox ${args.join(' ')} ended with ${code}`);
  return output;
}

/** What NHS.uk says of one made-up pharmacy each, newer with every version. */
export function eventsOf(count: number, version = 1): SentEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: String(1_000 * version + index),
    body: JSON.stringify(changeEventFor({ odsCode: odsCodeAt(index), version })),
    correlationId: `chaos-${version}-${index}`,
  }));
}

/** Sends every event until it is accepted, a few at a time; an error is tried again under the same ids. */
export async function sendAll(
  system: System,
  events: SentEvent[],
  overMs: number,
): Promise<{ accepted: number; retries: number }> {
  const startedAt = Date.now();
  let accepted = 0;
  let retries = 0;
  const waiting = events.entries();
  const sendNext = async () => {
    for (const [index, event] of waiting) {
      await sleep(Math.max(0, startedAt + (index * overMs) / events.length - Date.now()));
      for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(1_000)) {
        // An endpoint that is being restarted refuses the connection.
        const status = await system.post(event).catch(() => 0);
        if (status === 200) {
          accepted += 1;
          break;
        }
        retries += 1;
        if (Date.now() > deadline) throw new Error(`The endpoint still answers ${status}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, sendNext));
  return { accepted, retries };
}

export async function eventually(condition: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
  }
}

export function refuse(table: string, operation: string): string {
  return `create function ${table}_refuse() returns trigger language plpgsql as $$ begin raise 'chaos'; end $$;
    create trigger refuse before ${operation} on ${table} for each row execute function ${table}_refuse()`;
}

export function allow(table: string): string {
  return `drop trigger refuse on ${table}; drop function ${table}_refuse()`;
}

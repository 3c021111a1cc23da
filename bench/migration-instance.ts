// Everything that `start` runs with the migration module alone and its simulators beside it, for benchmarks that follow,
// kill and judge it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = Number(process.env.BENCH_PORT_BASE ?? 22_100);
/** Of Linux, in which /proc counts CPU time. */
const TICKS_PER_SECOND = 100;

export interface RunHistory {
  migrationId: string;
  status: string;
  recordsMigrated: number;
  recordsFailed: number;
}

export interface MigrationInstance {
  dataDir: string;
  /** The module's own port, as an operator of migrations; throws for anything but 2xx. */
  call<T>(method: string, path: string, body?: object): Promise<T>;
  /** A simulator's API, audit or control; throws for anything but 2xx. */
  simulator<T>(path: string, method?: string, body?: unknown): Promise<T>;
  /** Starts a run, again until it is taken, and gives its history once it has ended. */
  migrate(
    path: string,
    watch: { limitMs: number; onLook?: () => void },
  ): Promise<RunHistory & { seconds: number }>;
  /** `signalbox migration ...` with --json: what it printed. */
  command<T>(...args: string[]): Promise<T>;
  processes(): Running[];
  /** CPU seconds of each role since it started. */
  cpuByRole(): Record<string, number>;
  workerMb(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Running {
  pid: number;
  parent: number;
  role: string;
  ticks: number;
}

export async function startInstance(environment: Record<string, string>): Promise<MigrationInstance> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-migration-'));
  const settings = {
    ...process.env,
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_PORT_BASE: String(PORT),
    SIGNALBOX_MODULES: 'migration',
    ...environment,
  };
  const child = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
    env: settings,
    stdio: 'ignore',
  });
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${PORT}/health/readiness`)).ok, 120_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return instanceOf(child, { dataDir, settings, stop });
}

function instanceOf(
  child: ChildProcess,
  { dataDir, settings, stop }: { dataDir: string; settings: NodeJS.ProcessEnv; stop: () => Promise<void> },
): MigrationInstance {
  let token = '';
  async function request<T>(url: string, method: string, body: unknown): Promise<T> {
    if (token === '') token = await freshToken();
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    if (answer.status === 401) token = '';
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} was answered ${answer.status} ${text.slice(0, 200)}`);
    // Each caller names the shape that the interface gives.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  const call = <T>(method: string, path: string, body?: object) =>
    request<T>(`http://127.0.0.1:${PORT + 4}${path}`, method, body);
  const processes = () => processesOf(child.pid ?? 0, dataDir);
  return {
    dataDir,
    call,
    simulator: (path, method = 'GET', body = undefined) =>
      request(`http://127.0.0.1:${PORT + 20}${path}`, method, body),
    async migrate(path, { limitMs, onLook }) {
      const startedAt = performance.now();
      const { migrationId } = await until(() => call<{ migrationId: string }>('POST', path, {}), 60_000);
      const ended = await until(async () => {
        onLook?.();
        const history = await call<RunHistory>('GET', `/migrate/history/${migrationId}`);
        return history.status === 'COMPLETED' ? history : false;
      }, limitMs);
      return { ...ended, seconds: (performance.now() - startedAt) / 1_000 };
    },
    command: (...args) => runCommand(settings, args),
    processes,
    cpuByRole() {
      const sums: Record<string, number> = {};
      for (const { role, ticks } of processes()) {
        const name = role === 'backend' ? 'postgres' : role;
        sums[name] = (sums[name] ?? 0) + ticks / TICKS_PER_SECOND;
      }
      return sums;
    },
    workerMb() {
      const worker = processes().find((one) => one.role === 'worker');
      const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readText(`/proc/${worker?.pid}/status`))?.[1] ?? 0);
      return Math.round(kilobytes / 1_024);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function runCommand<T>(env: NodeJS.ProcessEnv, args: string[]): Promise<T> {
  const child = spawn(process.execPath, [MAIN, 'migration', ...args, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`signalbox migration ${args.join(' ')} ended with ${code}: ${output}`);
  return JSON.parse(output) as T;
}

async function freshToken(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${PORT + 20}/auth/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('migration-operator:clientsecret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Asks until the answer is something; what fails on the way is asked again. */
export async function until<T>(ask: () => Promise<T | false>, limitMs: number): Promise<T> {
  for (const deadline = Date.now() + limitMs; ; await sleep(500)) {
    try {
      const answer = await ask();
      if (answer !== false) return answer;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error('Waited too long');
  }
}

/** The supervisor's children; PostgreSQL's own processes count as its. */
function processesOf(supervisor: number, dataDir: string): Running[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readProcess(Number(name)) : []));
  const postmaster = Number(readText(join(dataDir, 'postgres', 'postmaster.pid')).split('\n')[0]);
  return all.flatMap((one) => {
    if (one.pid === postmaster || one.parent === postmaster) {
      return [{ ...one, role: one.pid === postmaster ? 'postgres' : 'backend' }];
    }
    return one.parent === supervisor && one.role !== '' ? [one] : [];
  });
}

function readProcess(pid: number): Running[] {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return [];
  const words = readText(`/proc/${pid}/cmdline`).split('\0');
  const role = ['worker', 'web', 'simulators'].find((name) => words.includes(name)) ?? '';
  return [{ pid, parent: Number(fields[1]), role, ticks: Number(fields[11]) + Number(fields[12]) }];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended, or has not begun.
    return '';
  }
}

/** Prints each requirement with what came of it, and lets the program fail for one that was missed. */
export function judge(verdicts: { what: string; isMet: boolean; figure: string | number }[]): void {
  console.log('');
  for (const { what, isMet, figure } of verdicts) {
    console.log(`  ${isMet ? 'met   ' : 'MISSED'}  ${what}: ${figure}`);
    if (!isMet) process.exitCode = 1;
  }
}

/** How often the scheduler made each visit of NOMIS. */
export async function auditVisits(instance: MigrationInstance): Promise<{ made: number; twice: number }> {
  const rows = await instance.simulator<{ created: number }[]>('/vsip/audit');
  return { made: rows.length, twice: rows.filter((row) => row.created > 1).length };
}

export function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

// A whole migration of visits on everything that `start` runs, simulators beside it: rate, CPU of each part, memory of
// the worker; then a second run, which must find nothing to do, and a reconciliation. With kills, processes and the
// database are killed on the way and one request in a hundred is answered never. Usage: migration.ts [visits] [kills]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reportResult } from './support.ts';

const VISITS = Number(process.argv[2] ?? 200_000);
const KILLS = Number(process.argv[3] ?? 0);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = 22_100;
const CONSOLE = `http://127.0.0.1:${PORT}`;
const MODULE = `http://127.0.0.1:${PORT + 4}`;
const SIMULATORS = `http://127.0.0.1:${PORT + 20}`;
/** Of Linux, in which /proc counts CPU time. */
const TICKS_PER_SECOND = 100;
const LIMIT_MS = 40 * 60_000;

const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-migration-'));
const environment = {
  ...process.env,
  SIGNALBOX_DATA_DIR: dataDir,
  SIGNALBOX_PORT_BASE: String(PORT),
  SIGNALBOX_MODULES: 'migration',
  SIGNALBOX_SIMULATED_VISITS: String(VISITS),
};
const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
  env: environment,
  stdio: 'ignore',
});
let peakMb = 0;
try {
  await until(async () => (await fetch(`${CONSOLE}/health/readiness`)).ok, 120_000);
  if (KILLS > 0) await forgetAnswers();
  const killing = KILLS > 0 ? killOnTheWay() : undefined;
  const first = await run();
  await killing;
  const second = KILLS > 0 ? undefined : await run();
  const audit = await auditOf();
  const reconciled = KILLS > 0 ? undefined : await reconcile();
  await reportResult(KILLS > 0 ? 'migration-kills' : 'migration', {
    visits: VISITS,
    ...(KILLS > 0 ? { kills: KILLS, neverAnsweredShare: 0.01 } : {}),
    seconds: round(first.seconds),
    visitsPerSecond: Math.round(VISITS / first.seconds),
    ...(KILLS > 0 ? {} : { cpuMicrosecondsPerVisit: first.cpu }),
    workerPeakMb: peakMb,
    recordsMigrated: first.recordsMigrated,
    recordsFailed: first.recordsFailed,
    madeAtTarget: audit.made,
    madeTwice: audit.twice,
    ...(second ? { secondRunSeconds: round(second.seconds), secondRunMigrated: second.recordsMigrated } : {}),
    ...(reconciled
      ? { reconcileSeconds: round(reconciled.seconds), reconcileDifferences: reconciled.differences }
      : {}),
  });
  if (audit.twice > 0 || audit.made !== VISITS || first.recordsMigrated !== VISITS) process.exitCode = 1;
} finally {
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

async function run() {
  const before = cpuByRole();
  const startedAt = performance.now();
  let migrationId = '';
  await until(async () => {
    const answer = await call('POST', `${MODULE}/migrate/visits`, {});
    migrationId = (answer as { migrationId: string }).migrationId;
    return true;
  }, 60_000);
  const ended = await until(async () => {
    peakMb = Math.max(peakMb, workerMb());
    const history = (await call('GET', `${MODULE}/migrate/history/${migrationId}`)) as {
      status: string;
      recordsMigrated: number;
      recordsFailed: number;
    };
    return history.status === 'COMPLETED' ? history : false;
  }, LIMIT_MS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = cpuByRole();
  const cpu = Object.fromEntries(
    Object.entries(after).map(([role, ticks]) => [
      role,
      Math.round((((ticks - (before[role] ?? 0)) / TICKS_PER_SECOND) * 1e6) / VISITS),
    ]),
  );
  return { ...ended, seconds, cpu };
}

async function reconcile() {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, 'migration', 'reconcile', '--json'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const { differences } = JSON.parse(output) as { differences: Record<string, number> };
  return { seconds: (performance.now() - startedAt) / 1_000, differences };
}

/** How often the scheduler made each visit of NOMIS. */
async function auditOf(): Promise<{ made: number; twice: number }> {
  const rows = (await (await fetch(`${SIMULATORS}/vsip/audit`)).json()) as { created: number }[];
  return { made: rows.length, twice: rows.filter((row) => row.created > 1).length };
}

async function forgetAnswers(): Promise<void> {
  await fetch(`${SIMULATORS}/vsip/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      { match: { method: 'POST', path: '/migrate-visits' }, kind: 'timeout_after_commit', rate: 0.01 },
    ]),
  });
}

async function killOnTheWay(): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(4_000 + Math.random() * 8_000);
    const role = kill % 5 === 3 ? 'postgres' : kill % 5 === 4 ? 'web' : 'worker';
    const victim = processes().find((one) => one.role === role);
    if (!victim) continue;
    process.kill(victim.pid, 'SIGKILL');
    console.log(`killed ${role} (${victim.pid})`);
  }
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function token(): Promise<string> {
  const answer = await fetch(`${SIMULATORS}/auth/oauth/token`, {
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
async function until<T>(ask: () => Promise<T | false>, limitMs: number): Promise<T> {
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

interface Running {
  pid: number;
  parent: number;
  role: string;
  ticks: number;
}

/** The supervisor's children; PostgreSQL's own processes count as its. */
function processes(): Running[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readProcess(Number(name)) : []));
  const postmaster = Number(readText(join(dataDir, 'postgres', 'postmaster.pid')).split('\n')[0]);
  return all.flatMap((one) => {
    if (one.pid === postmaster || one.parent === postmaster) {
      return [{ ...one, role: one.pid === postmaster ? 'postgres' : 'backend' }];
    }
    return one.parent === instance.pid && one.role !== '' ? [one] : [];
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

function cpuByRole(): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { role, ticks } of processes()) {
    const name = role === 'backend' ? 'postgres' : role;
    sums[name] = (sums[name] ?? 0) + ticks;
  }
  return sums;
}

function workerMb(): number {
  const worker = processes().find((one) => one.role === 'worker');
  const pages = Number(/VmRSS:\s+(\d+)/.exec(readText(`/proc/${worker?.pid}/status`))?.[1] ?? 0);
  return Math.round(pages / 1_024);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended, or has not begun.
    return '';
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

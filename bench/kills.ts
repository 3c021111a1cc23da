// kill -9 of web, worker and PostgreSQL in turn while events come in: nothing accepted may be missing, nothing written
// twice, and work must go on by itself. Usage: kills.ts [events] [kills]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl, siblingUrl } from '#platform/db';
import { reportResult } from './support.ts';

const EVENTS = Number(process.argv[2] ?? 20_000);
const KILLS = Number(process.argv[3] ?? 20);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const RECOVERY_LIMIT_S = 30;

const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-kills-'));
const environment = { ...process.env, SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_PORT_BASE: '18480' };
const base = 'http://127.0.0.1:18480';

const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
  env: environment,
  stdio: 'inherit',
});
try {
  await waitUntilReady(120);
  const demo = spawn(
    process.execPath,
    [
      MAIN,
      'demo',
      'directory',
      '--events',
      String(EVENTS),
      '--rate',
      String(Math.ceil(EVENTS / (KILLS * 3))),
      '--json',
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  demo.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));

  const recoveries: number[] = [];
  await sleep(2_000);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = ['web', 'worker', 'postgres'][kill % 3] ?? '';
    const pid = await findPid(target);
    process.kill(pid, 'SIGKILL');
    const killedAt = performance.now();
    await sleep(300);
    await waitUntilReady(RECOVERY_LIMIT_S);
    recoveries.push((performance.now() - killedAt) / 1_000);
    console.log(`killed ${target} (${pid}); ready again after ${recoveries.at(-1)?.toFixed(1)} s`);
    await sleep(500 + Math.random() * 2_000);
  }
  await ended;
  const result = JSON.parse(output);
  const history = await checkHistories(result.processing.servicesWritten);
  await reportResult('kills', {
    events: EVENTS,
    kills: KILLS,
    accepted: result.intake.accepted,
    missing: result.missing,
    orderViolations: result.orderViolations,
    failuresRecorded: result.processing.failed,
    servicesWritten: result.processing.servicesWritten,
    ...history,
    longestRecoverySeconds: Math.round(Math.max(...recoveries) * 10) / 10,
  });
  if (!result.isComplete || result.orderViolations > 0 || history.repeatedHistoryEntries > 0)
    process.exitCode = 1;
} finally {
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

async function waitUntilReady(limitSeconds: number): Promise<void> {
  for (const deadline = Date.now() + limitSeconds * 1_000; ; await sleep(100)) {
    const isReady = await fetch(`${base}/health/readiness`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error(`Not ready again within ${limitSeconds} s`);
  }
}

async function findPid(target: string): Promise<number> {
  if (target === 'postgres') {
    return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }
  const client = new pg.Client({ connectionString: await databaseUrl() });
  await client.connect();
  const { rows } = await client.query(
    'select pid from platform.processes where role = $1 order by seen_at desc limit 1',
    [target],
  );
  await client.end();
  return rows[0].pid;
}

/** Entries this run wrote to the service histories, against the updates the register states, and any written twice. */
async function checkHistories(servicesWritten: number) {
  const client = new pg.Client({ connectionString: siblingUrl(await databaseUrl(), 'dos') });
  await client.connect();
  const { rows } = await client.query<{ history: string }>(
    'select history from pathwaysdos.servicehistories',
  );
  await client.end();
  let historyEntries = 0;
  let repeatedHistoryEntries = 0;
  for (const { history } of rows) {
    const entries = Object.entries(
      JSON.parse(history) as Record<string, { initiator?: { userid?: string }; new: unknown }>,
    )
      .filter(([, entry]) => entry.initiator?.userid === 'DOS_INTEGRATION')
      .map(([, entry]) => JSON.stringify(entry.new));
    historyEntries += entries.length;
    repeatedHistoryEntries += entries.filter(
      (entry, index) => index > 0 && entry === entries[index - 1],
    ).length;
  }
  return {
    historyEntries,
    historyEntriesNotReported: historyEntries - servicesWritten,
    repeatedHistoryEntries,
  };
}

async function databaseUrl(): Promise<string> {
  const url = await readEmbeddedUrl(dataDir);
  if (!url) throw new Error('The embedded server does not run');
  return url;
}

// One bulk send of 100,000 rows: how long its check takes, and that with kill -9 of worker, PostgreSQL and web on the way
// every row becomes one message that reaches the provider once.
// Usage: notify-bulk.ts [rows] [kills]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl } from '#platform/db';
import { findPid, waitUntilReady } from './instance.ts';
import { reportResult, reportVerdicts } from './support.ts';

const ROWS = Number(process.argv[2] ?? 100_000);
const KILLS = Number(process.argv[3] ?? 3);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_720);
const RECOVERY_LIMIT_S = 150;
const SETTLE_LIMIT_S = 1_800;
const SERVICE = '11111111-1111-4111-8111-111111111111';
const SMS = '33333333-3333-4333-8333-333333333331';
const base = `http://127.0.0.1:${PORT}`;
const simulators = `http://127.0.0.1:${PORT + 20}`;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-notify-bulk-'));
const environment = {
  ...process.env,
  SIGNALBOX_DATA_DIR: dataDir,
  SIGNALBOX_PORT_BASE: String(PORT),
  SIGNALBOX_MODULES: 'notify',
};

const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
  env: environment,
  stdio: 'ignore',
});
try {
  await waitUntilReady(base, 120);
  await applyService();
  const file = join(dataDir, 'people.csv');
  const lines = Array.from(
    { length: ROWS },
    (_, row) => `07700${String(900_000 + (row % 100_000)).padStart(6, '0')},Person ${row},ref-${row}`,
  );
  writeFileSync(file, `phone number,name,reference\n${lines.join('\n')}\n`);
  const checked = await command(['bulk-send', '--service', SERVICE, '--template', SMS, '--file', file]);
  const { id, checkMs } = checked as { id: string; checkMs: number };
  console.log(`checked ${ROWS} rows in ${checkMs} ms`);

  const began = Date.now();
  for (let kill = 0; kill < KILLS; kill += 1) {
    await waitForRows(id, (ROWS * (kill + 1)) / (KILLS + 2));
    const target = ['worker', 'postgres', 'web'][kill % 3] ?? '';
    const pid = await findPid(dataDir, target);
    process.kill(pid, 'SIGKILL');
    await sleep(300);
    await waitUntilReady(base, RECOVERY_LIMIT_S);
    console.log(`killed ${target} (${pid}) with ${await countRows(id)} rows made`);
  }
  await waitForRows(id, ROWS);
  const createdSeconds = (Date.now() - began) / 1_000;
  const { waiting, mostAt } = await settle();
  const mostHandedOverSeconds = (mostAt - began) / 1_000;
  const handedOverSeconds = (Date.now() - began) / 1_000;
  const times = await timesSent('mmg', 'firetext');
  const { rows } = await sql('select id, job_row_number from notify.notifications where job_id = $1', [id]);
  const rowNumbers = new Set(rows.map((row) => row.job_row_number));
  const result = {
    rows: ROWS,
    kills: KILLS,
    checkMs,
    createdSeconds: Math.round(createdSeconds),
    /** All but one in a hundred: the last may have to wait for their retry, which is due after 300 seconds. */
    mostHandedOverSeconds: Math.round(mostHandedOverSeconds),
    handedOverSeconds: Math.round(handedOverSeconds),
    messages: rows.length,
    missingRows: ROWS - rowNumbers.size,
    doubledRows: rows.length - rowNumbers.size,
    notHandedOver: rows.filter((row) => !times.has(row.id)).length,
    handedOverTwice: rows.filter((row) => (times.get(row.id) ?? 0) > 1).length,
    jobsLeft: waiting,
  };
  await reportResult('notify-bulk', result);
  reportVerdicts([{ what: 'check of the file', value: checkMs, atMost: 20_000, unit: 'ms' }]);
  const { missingRows, doubledRows, notHandedOver, handedOverTwice } = result;
  if (missingRows + doubledRows + notHandedOver + handedOverTwice > 0) process.exitCode = 1;
} finally {
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

async function sql(text: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: await readEmbeddedUrl(dataDir) });
  // A server that is killed under us is what this is about.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}

async function countRows(id: string): Promise<number> {
  const { rows } = await sql('select next_row from notify.bulk_sends where id = $1', [id]);
  return rows[0]?.next_row ?? 0;
}

async function waitForRows(id: string, wanted: number): Promise<void> {
  for (let tenth = 0; tenth < SETTLE_LIMIT_S * 10; tenth += 1) {
    const made = await countRows(id).catch(() => 0);
    if (made >= wanted) return;
    await sleep(100);
  }
  throw new Error(`Bulk send ${id} did not get to ${wanted} rows`);
}

/** Waits until nothing is queued for providers; says how many jobs are left when it takes too long. */
async function settle(): Promise<{ waiting: number; mostAt: number }> {
  let mostAt = 0;
  for (let second = 0; ; second += 1) {
    const { rows } = await sql(
      `select count(*)::int as jobs, (count(*) filter (where start_after > now()))::int as later
       from pgboss.job where name = 'notify.deliver_sms'`,
    );
    const { jobs, later } = rows[0];
    if (mostAt === 0 && jobs <= ROWS / 100) mostAt = Date.now();
    if (jobs === 0 || second >= SETTLE_LIMIT_S) return { waiting: jobs, mostAt };
    if (second % 10 === 0) console.log(`${jobs} messages to hand over, ${later} of them wait for a retry`);
    await sleep(1_000);
  }
}

/** How often messages were made at the providers, by reference: they take one reference once. */
async function timesSent(...providers: string[]): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const provider of providers) {
    const rows = (await (await fetch(`${simulators}/${provider}/audit`)).json()) as {
      id: string;
      created: number;
    }[];
    for (const { id, created } of rows) times.set(id, (times.get(id) ?? 0) + created);
  }
  return times;
}

async function applyService(): Promise<void> {
  const file = join(dataDir, 'service.json');
  const service = {
    id: SERVICE,
    name: 'Bulk',
    live: true,
    permissions: ['email', 'sms'],
    templates: [
      { id: SMS, type: 'sms', name: 'A text', content: 'Dear ((name)), your reference is ((reference))' },
    ],
  };
  writeFileSync(file, JSON.stringify({ notify: { services: [service] } }));
  const child = spawn(process.execPath, [MAIN, 'apply', '-f', file], { env: environment, stdio: 'ignore' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`apply ended with ${code}`);
}

async function command(args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, [MAIN, 'notify', ...args, '--json'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return JSON.parse(output);
}

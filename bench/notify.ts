// Emails over HTTP to a mail server, on everything that `start` runs: first accepting alone, as fast as it goes and at the
// rate of the bar, then delivering what came in, then both at the same time at 350 a second.
// Usage: notify.ts [seconds] [rows to store beforehand] [seconds at 350 a second]

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl } from '#platform/db';
import { runLoad } from './load/request-load.ts';
import { reportResult } from './support.ts';

const SECONDS = Number(process.argv[2] ?? 10);
const STORED = Number(process.argv[3] ?? 0);
const STEADY_SECONDS = Number(process.argv[4] ?? Math.min(SECONDS, 20));
const STEADY_RATE = 350;
/** Tokens are good for 30 seconds either way, and a load has one. */
const TOKEN_SECONDS = 40;
const ACCEPT_RATE = 2_500;
/** Rows of one statement: a transaction of all of them would keep the log of all of them. */
const STORED_AT_ONCE = 250_000;
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_660);
const SERVICE = '11111111-1111-4111-8111-111111111111';
const TEMPLATE = '33333333-3333-4333-8333-333333333332';
const SECRET = '22222222-2222-4222-8222-222222222221';
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-notify-'));
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
  await eventually(async () => (await fetch(`http://127.0.0.1:${PORT}/health/readiness`)).ok, 180_000);
  await applyService();
  console.error('ready');
  const client = new pg.Client({ connectionString: await readEmbeddedUrl(dataDir) });
  await client.connect();
  if (STORED > 0) await storeRows(client, STORED);

  await command(['jobs', 'pause', 'notify.deliver_email']);
  await sleep(2_500);
  // First as fast as it goes: a process that has just started still compiles what it runs.
  const accepted = await send({ seconds: SECONDS, rate: 0, connections: 64 });
  show('accepted', accepted);
  const paced = await send({ seconds: SECONDS, rate: ACCEPT_RATE, connections: 64 });
  show('accepted at the rate of the bar', paced);
  const backlog = paced.requests + accepted.requests;
  const before = await workerCpu();
  await command(['jobs', 'resume', 'notify.deliver_email']);
  const startedAt = performance.now();
  await eventually(async () => (await left(client)) === 0, 600_000);
  const drainSeconds = (performance.now() - startedAt) / 1_000;
  console.error('delivered in', drainSeconds);
  const cpuSeconds = (await workerCpu()) - before;

  let steadyRequests = 0;
  const steadyAcceptMs: unknown[] = [];
  for (let secondsLeft = STEADY_SECONDS; secondsLeft > 0; secondsLeft -= TOKEN_SECONDS) {
    const part = await send({
      seconds: Math.min(secondsLeft, TOKEN_SECONDS),
      rate: STEADY_RATE,
      connections: 64,
    });
    steadyRequests += part.requests;
    steadyAcceptMs.push(part.latencies);
    show('steady', part);
  }
  await eventually(async () => (await left(client)) === 0, 60_000);
  const { rows } = await client.query(
    `select count(*) filter (where sent_at - created_at <= interval '2 seconds')::float8 / count(*) as share,
       percentile_disc(0.99) within group (order by extract(epoch from sent_at - created_at)) as p99
     from (select * from notify.notifications where service_id = $1 order by id desc limit $2) as latest`,
    [SERVICE, steadyRequests],
  );
  await client.end();
  await reportResult(STORED > 0 ? `notify-${STORED}` : 'notify', {
    storedBefore: STORED,
    acceptRate: ACCEPT_RATE,
    acceptAtRate: paced.requestsPerSecond,
    acceptAtRateMs: paced.latencies,
    acceptAtRateStatuses: paced.statuses,
    acceptedPerSecond: accepted.requestsPerSecond,
    acceptMs: accepted.latencies,
    acceptStatuses: accepted.statuses,
    deliveredPerSecond: Math.round(backlog / drainSeconds),
    deliverWorkerCpuMicroseconds: Math.round((cpuSeconds * 1e6) / backlog),
    steadyRate: STEADY_RATE,
    steadySeconds: STEADY_SECONDS,
    steadyAcceptMs,
    steadyWithin2Seconds: rows[0].share,
    steadyHandOverP99Seconds: Number(rows[0].p99),
  });
} finally {
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

function send(load: { seconds: number; rate: number; connections: number }) {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  // Good for 30 seconds either way.
  const now = Math.floor(Date.now() / 1_000) + Math.floor(load.seconds / 2);
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode({ iss: SERVICE, iat: now })}`;
  const token = `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
  return runLoad({
    url: `http://127.0.0.1:${PORT + 1}/v2/notifications/email`,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: (number) =>
      JSON.stringify({
        template_id: TEMPLATE,
        email_address: `person.${number}@example.test`,
        personalisation: { name: `Person ${number}`, code: `${number * 7}` },
        reference: `bench ${number}`,
      }),
    connections: load.connections,
    rate: load.rate,
    durationMs: load.seconds * 1_000,
  });
}

async function applyService(): Promise<void> {
  const file = join(dataDir, 'notify.json');
  const service = {
    id: SERVICE,
    name: 'Bench',
    live: true,
    limits: { per_minute: 2_000_000_000, email: 1_000_000_000, sms: 1_000_000_000, letter: 1_000 },
    api_keys: [{ name: 'bench', type: 'normal', secret: SECRET }],
    templates: [
      {
        id: TEMPLATE,
        type: 'email',
        name: 'Bench',
        subject: 'Your code, ((name))',
        content:
          'Hello ((name))\n\n# Your code\n\nIt is ((code)).\n\n* Keep it\n* Use it once\n\nSee https://www.example.test',
      },
    ],
  };
  writeFileSync(file, JSON.stringify({ notify: { services: [service] } }));
  await command(['apply', '-f', file]);
}

/** Delivered messages of a thousand other services over the last week. */
async function storeRows(client: pg.Client, rows: number): Promise<void> {
  const startedAt = performance.now();
  for (let stored = 0; stored < rows; stored += STORED_AT_ONCE) {
    const last = Math.min(stored + STORED_AT_ONCE, rows);
    await client.query(
      `insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
         notification_status, created_at, sent_at, updated_at, sent_by, client_reference, recipient, normalised_to,
         personalisation)
       select (lpad(to_hex(ms), 12, '0') || '4' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 4, 15))::uuid,
         ('00000000-0000-4000-8000-' || lpad((i % 1000)::text, 12, '0'))::uuid, $1, 1, 'normal', 'email', 'delivered',
         to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0), 'smtp', 'stored ' || i,
         'person@example.test', 'person@example.test', decode(md5(i::text) || md5(i::text) || md5(i::text), 'hex')
       from (select i, (extract(epoch from now()) * 1000)::bigint - 600000000 + i * 500000000 / $2::bigint as ms
         from generate_series($3::bigint + 1, $4::bigint) as i) as numbers`,
      [TEMPLATE, rows, stored, last],
    );
    console.error(`stored ${last} rows, ${Math.round((last * 1_000) / (performance.now() - startedAt))}/s`);
  }
  // Done here, so that it does not fall into the measurement.
  await client.query('vacuum (analyze) notify.notifications');
  await client.query('checkpoint');
}

function show(what: string, load: Awaited<ReturnType<typeof send>>): void {
  const { requestsPerSecond, statuses, latencies } = load;
  console.error(what, requestsPerSecond, JSON.stringify(statuses), JSON.stringify(latencies));
}

async function left(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    "select count(*)::int as left from (select 1 from pgboss.job where name = 'notify.deliver_email' limit 1) as sample",
  );
  return rows[0].left;
}

/** CPU seconds of the worker process so far, from its own metrics. */
async function workerCpu(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1] ?? Number.NaN);
}

async function command(args: string[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`signalbox ${args.join(' ')} ended with ${code}`);
}

async function eventually(isTrue: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const endsAt = Date.now() + withinMs;
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > endsAt) throw new Error('Waited in vain');
    await sleep(100);
  }
}

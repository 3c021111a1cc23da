// Nightly retention over many old messages while texts go on being sent: how fast rows are archived, and whether messages
// keep their two seconds from acceptance to hand-over meanwhile. Ends after some time even when rows are left: then it
// says how far retention came.
// Usage: notify-retention.ts [old messages] [texts a second] [seconds of retention at most]
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl } from '#platform/db';
import { waitUntilReady } from './instance.ts';
import { reportResult, reportVerdicts, summarise } from './support.ts';

const OLD = Number(process.argv[2] ?? 10_000_000);
const RATE = Number(process.argv[3] ?? 300);
const SERVICES = 20;
const CONNECTIONS = 32;
const LIMIT_S = Number(process.argv[4] ?? 3_600);
const CALM_S = 20;
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_750);
const SMS = '33333333-3333-4333-8333-333333333331';
const SECRET = '22222222-2222-4222-8222-222222222221';
const base = `http://127.0.0.1:${PORT}`;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-notify-retention-'));
const environment = {
  ...process.env,
  SIGNALBOX_DATA_DIR: dataDir,
  SIGNALBOX_PORT_BASE: String(PORT),
  SIGNALBOX_MODULES: 'notify',
};
const serviceId = (place: number) => `11111111-1111-4111-8111-${String(place).padStart(12, '0')}`;

const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
  env: environment,
  stdio: 'ignore',
});
let isSending = true;
let [sent, refused] = [0, 0];
try {
  await waitUntilReady(base, 120);
  await apply();
  const client = await connect();
  const filling = Date.now();
  await fill(client);
  console.log(`${OLD} old messages are there after ${Math.round((Date.now() - filling) / 1_000)} s`);

  const load = loadavg()[0];
  const calm = await measure(client, () => sleep(CALM_S * 1_000));
  let isDone = false;
  const busy = await measure(client, async () => {
    await run('notify', 'run-scheduled-task', 'delete-notifications-older-than-retention');
    for (const end = Date.now() + LIMIT_S * 1_000; !isDone && Date.now() < end; await sleep(1_000)) {
      isDone = !(await hasWork(client));
    }
  });
  // One statement, since retention may still be at it.
  const { rows } = await client.query(
    `select (select count(*)::int from notify.notification_history) as archived,
       (select count(*)::int from notify.notifications where created_at < now() - interval '7 days') as left`,
  );
  const { archived, left } = rows[0];
  await reportResult('notify-retention', {
    oldMessages: OLD,
    isDone,
    archived,
    neitherLiveNorArchived: OLD - archived - left,
    seconds: Math.round(busy.seconds),
    archivedASecond: Math.round(archived / busy.seconds),
    textsSent: busy.sent,
    textsASecond: Math.round(busy.sent / busy.seconds),
    refused: busy.refused,
    notHandedOver: busy.waiting,
    handOverMs: summarise(busy.times),
    withinTwoSeconds: busy.withinTwoSeconds,
    handOverMsBefore: summarise(calm.times),
    withinTwoSecondsBefore: calm.withinTwoSeconds,
    loadAverageBefore: Number(load?.toFixed(2)),
  });
  reportVerdicts([
    {
      what: 'messages handed over within two seconds',
      value: busy.withinTwoSeconds,
      atLeast: 0.999,
      unit: 'of 1',
    },
    { what: 'texts sent', value: Math.round(busy.sent / busy.seconds), atLeast: 0.95 * RATE, unit: '/s' },
    {
      what: 'rows that are nowhere, or twice',
      value: Math.abs(OLD - archived - left),
      atMost: 0,
      unit: 'rows',
    },
    ...(isDone ? [] : [{ what: 'rows left', value: left, atMost: 0, unit: 'rows' }]),
  ]);
  await client.end();
} finally {
  isSending = false;
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

/** The load while something is done, and a moment more for what was sent last. */
async function measure(client: pg.Client, work: () => Promise<unknown>) {
  [isSending, sent, refused] = [true, 0, 0];
  const began = Date.now();
  const sending = Promise.all(Array.from({ length: CONNECTIONS }, (_, place) => send(place)));
  await work();
  const seconds = (Date.now() - began) / 1_000;
  isSending = false;
  await sending;
  await sleep(5_000);
  const { rows } = await client.query(
    `select extract(epoch from sent_at - created_at) * 1000 as ms from notify.notifications
     where created_at >= $1`,
    [new Date(began)],
  );
  const times = rows.flatMap(({ ms }) => (ms === null ? [] : [Number(ms)]));
  const quick = times.filter((ms) => ms <= 2_000).length;
  return {
    seconds,
    sent,
    refused,
    times,
    waiting: rows.length - times.length,
    withinTwoSeconds: Number((quick / Math.max(rows.length, 1)).toFixed(5)),
  };
}

async function send(place: number): Promise<void> {
  const service = serviceId(place % SERVICES);
  while (isSending) {
    const began = Date.now();
    const response = await fetch(`http://127.0.0.1:${PORT + 1}/v2/notifications/sms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token(service)}` },
      body: JSON.stringify({
        template_id: templateOf(service),
        phone_number: `07700${String(900_000 + (sent % 99_000)).padStart(6, '0')}`,
      }),
    });
    if (response.status === 201) sent += 1;
    else refused += 1;
    await response.arrayBuffer();
    await sleep(Math.max(0, (CONNECTIONS * 1_000) / RATE - (Date.now() - began)));
  }
}

async function hasWork(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select 1 from pgboss.job
     where name in ('notify.delete_notifications_older_than_retention', 'notify.delete_notifications_for_service_and_type')
       and state in ('created', 'retry', 'active') limit 1`,
  );
  return rows.length > 0;
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await readEmbeddedUrl(dataDir) });
  await client.connect();
  return client;
}

/**
 * Rows of nine to twenty days ago, spread over the services; ids sort by time as the product's do. Made by the server,
 * two pages at a time, with the indexes built afterwards.
 */
async function fill(client: pg.Client): Promise<void> {
  const indexes = await client.query(
    `select indexname, indexdef from pg_indexes where schemaname = 'notify' and tablename = 'notifications'
       and indexname <> 'notifications_pkey'`,
  );
  for (const { indexname } of indexes.rows) await client.query(`drop index notify.${indexname}`);
  const page = 250_000;
  let next = 0;
  const fillPages = async () => {
    const own = await connect();
    await own.query('set synchronous_commit = off');
    for (let from = next; from < OLD; from = next) {
      next = from + page;
      await fillPage(own, from, Math.min(next, OLD) - 1);
    }
    await own.end();
  };
  await Promise.all([fillPages(), fillPages()]);
  await client.query("set maintenance_work_mem = '512MB'");
  for (const { indexdef } of indexes.rows) await client.query(indexdef);
  await client.query('vacuum analyze notify.notifications');
  await client.query('checkpoint');
}

function fillPage(client: pg.Client, first: number, last: number) {
  return client.query(
    `insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
       notification_status, created_at, sent_at, updated_at, sent_by, recipient, normalised_to, billable_units,
       personalisation, correlation_id)
     select (lpad(to_hex((extract(epoch from t.at) * 1000)::bigint), 12, '0') || '4' || lpad(to_hex(n % 4096), 3, '0')
         || 'a' || lpad(to_hex(n), 15, '0'))::uuid,
       ('11111111-1111-4111-8111-' || lpad((n % ${SERVICES})::text, 12, '0'))::uuid, '${SMS}', 1, 'normal', 'sms',
       'delivered', t.at, t.at, t.at, 'mmg', '07700900001', '447700900001', 1,
       '\\x${'5a'.repeat(64)}', '33333333-3333-4333-8333-333333333333'
     from generate_series($1::int, $2::int) as n,
       lateral (select date_trunc('milliseconds', now() - interval '20 days' + interval '11 days' * n / $3::float) as at) as t`,
    [first, last, OLD],
  );
}

async function apply(): Promise<void> {
  const file = join(dataDir, 'services.json');
  const services = Array.from({ length: SERVICES }, (_, place) => ({
    id: serviceId(place),
    name: `Service ${place}`,
    live: true,
    permissions: ['sms'],
    limits: { per_minute: 1_000_000 },
    api_keys: [{ name: 'key', type: 'normal', secret: SECRET }],
    templates: [{ id: templateOf(serviceId(place)), type: 'sms', name: 'A text', content: 'Hello' }],
  }));
  writeFileSync(file, JSON.stringify({ notify: { services } }));
  await run('apply', '-f', file);
}

function templateOf(service: string): string {
  return service.replaceAll('1111', '3333');
}

async function run(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`signalbox ${args[0]} ended with ${code}`);
}

function token(service: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = encode({ iss: service, iat: Math.floor(Date.now() / 1_000) });
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${claims}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

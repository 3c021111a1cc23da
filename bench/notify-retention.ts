// Nightly retention over many old messages while texts go on being sent: how fast rows are archived, and whether messages
// keep their two seconds from acceptance to hand-over meanwhile.
// Usage: notify-retention.ts [old messages] [texts a second]
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl } from '#platform/db';
import { waitUntilReady } from './instance.ts';
import { reportResult, summarise } from './support.ts';

const OLD = Number(process.argv[2] ?? 10_000_000);
const RATE = Number(process.argv[3] ?? 300);
const SERVICES = 20;
const CONNECTIONS = 32;
const LIMIT_S = 4 * 3_600;
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
  const client = new pg.Client({ connectionString: await readEmbeddedUrl(dataDir) });
  await client.connect();
  await fill(client);
  console.log(`${OLD} old messages are there`);

  const calm = await measure(client, 20);
  const began = Date.now();
  const sending = Promise.all(Array.from({ length: CONNECTIONS }, (_, place) => send(place)));
  await run('notify', 'run-scheduled-task', 'delete-notifications-older-than-retention');
  for (let second = 0; second < LIMIT_S && (await countOld(client)) > 0; second += 1) await sleep(1_000);
  const seconds = (Date.now() - began) / 1_000;
  isSending = false;
  await sending;
  await sleep(5_000);
  const { rows } = await client.query(
    `select extract(epoch from sent_at - created_at) * 1000 as ms from notify.notifications
     where created_at >= $1 and sent_at is not null`,
    [new Date(began)],
  );
  const times = rows.map((row) => Number(row.ms));
  const left = await client.query('select count(*)::int as history from notify.notification_history');
  await reportResult('notify-retention', {
    oldMessages: OLD,
    archivedSeconds: Math.round(seconds),
    archivedASecond: Math.round(OLD / seconds),
    inHistory: left.rows[0].history,
    textsSent: sent,
    textsASecond: Math.round(sent / seconds),
    refused,
    handOverMs: summarise(times),
    handOverMsBefore: calm,
    withinTwoSeconds: Number(
      (times.filter((ms) => ms <= 2_000).length / Math.max(times.length, 1)).toFixed(5),
    ),
  });
  await client.end();
  if (left.rows[0].history !== OLD) process.exitCode = 1;
} finally {
  isSending = false;
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

/** The same load for a while without retention, to compare with. */
async function measure(client: pg.Client, seconds: number) {
  isSending = true;
  const began = new Date();
  const sending = Promise.all(Array.from({ length: CONNECTIONS }, (_, place) => send(place)));
  await sleep(seconds * 1_000);
  isSending = false;
  await sending;
  await sleep(3_000);
  isSending = true;
  [sent, refused] = [0, 0];
  const { rows } = await client.query(
    `select extract(epoch from sent_at - created_at) * 1000 as ms from notify.notifications
     where created_at >= $1 and sent_at is not null`,
    [began],
  );
  return summarise(rows.map((row) => Number(row.ms)));
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

async function countOld(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    `select 1 from notify.services s where exists (
       select 1 from notify.notifications n where n.service_id = s.id and n.key_type = 'normal'
         and n.created_at < now() - interval '8 days') limit 1`,
  );
  return rows.length;
}

/** Rows of eight to twenty days ago, spread over the services; ids sort by time as the product's do. */
async function fill(client: pg.Client): Promise<void> {
  const page = 500_000;
  for (let from = 0; from < OLD; from += page) {
    await client.query(
      `insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
         notification_status, created_at, sent_at, updated_at, sent_by, recipient, normalised_to, billable_units)
       select (lpad(to_hex((extract(epoch from t.at) * 1000)::bigint), 12, '0') || '4' || substr(md5(n::text), 1, 3)
           || 'a' || substr(md5(n::text), 4, 15))::uuid,
         ('11111111-1111-4111-8111-' || lpad((n % ${SERVICES})::text, 12, '0'))::uuid, '${SMS}', 1, 'normal', 'sms',
         'delivered', t.at, t.at, t.at, 'mmg', '07700900001', '447700900001', 1
       from generate_series($1::int, $2::int) as n,
         lateral (select date_trunc('milliseconds', now() - interval '20 days' + interval '11 days' * n / $3::float) as at) as t`,
      [from, Math.min(from + page, OLD) - 1, OLD],
    );
  }
  await client.query('analyze notify.notifications');
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

// kill -9 of web, worker and PostgreSQL in turn while texts and emails come in and MMG keeps silent after taking some:
// every message answered with 201 must reach its provider, texts once, emails at most twice.
// Usage: notify-kills.ts [messages a second] [kills]
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl } from '#platform/db';
import { findPid, waitUntilReady } from './instance.ts';
import { reportResult } from './support.ts';

const RATE = Number(process.argv[2] ?? 40);
const KILLS = Number(process.argv[3] ?? 9);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_690);
const RECOVERY_LIMIT_S = 150;
const SETTLE_LIMIT_S = 180;
const SERVICE = '11111111-1111-4111-8111-111111111111';
const SMS = '33333333-3333-4333-8333-333333333331';
const EMAIL = '33333333-3333-4333-8333-333333333332';
const SECRET = '22222222-2222-4222-8222-222222222221';
const base = `http://127.0.0.1:${PORT}`;
const simulators = `http://127.0.0.1:${PORT + 20}`;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-notify-kills-'));
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
const accepted = { sms: [] as string[], email: [] as string[] };
let isSending = true;
try {
  await waitUntilReady(base, 120);
  await applyService();
  const fault = { match: {}, kind: 'timeout_after_commit', rate: 0.02, count: 20, delayMs: 12_000 };
  await fetch(`${simulators}/mmg/faults`, { method: 'PUT', body: JSON.stringify([fault]) });
  const sending = Promise.all(Array.from({ length: 8 }, (_, place) => send(place)));

  await sleep(2_000);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = ['worker', 'web', 'postgres'][kill % 3] ?? '';
    const pid = await findPid(dataDir, target);
    process.kill(pid, 'SIGKILL');
    await sleep(300);
    await waitUntilReady(base, RECOVERY_LIMIT_S);
    console.log(`killed ${target} (${pid}); ${accepted.sms.length + accepted.email.length} accepted so far`);
    await sleep(500 + Math.random() * 2_000);
  }
  isSending = false;
  await sending;
  const waiting = await settle();

  const texts = await timesSent('mmg', 'firetext');
  const emails = await timesMailed();
  const of = (ids: string[], times: Map<string, number>) => ({
    accepted: ids.length,
    missing: ids.filter((id) => !times.has(id)).length,
    twice: ids.filter((id) => times.get(id) === 2).length,
    moreThanTwice: ids.filter((id) => (times.get(id) ?? 0) > 2).length,
  });
  const result = { sms: of(accepted.sms, texts), email: of(accepted.email, emails) };
  await reportResult('notify-kills', { rate: RATE, kills: KILLS, ...result, jobsLeft: waiting });
  const { sms, email } = result;
  if (sms.missing + sms.twice + sms.moreThanTwice + email.missing + email.moreThanTwice > 0)
    process.exitCode = 1;
} finally {
  isSending = false;
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

async function send(place: number): Promise<void> {
  for (let number = place; isSending; number += 8) {
    const isSms = number % 2 === 0;
    const body = isSms
      ? { template_id: SMS, phone_number: `077009${String(10_000 + (number % 80_000)).padStart(5, '0')}` }
      : { template_id: EMAIL, email_address: `person.${number}@example.test` };
    try {
      const response = await fetch(
        `http://127.0.0.1:${PORT + 1}/v2/notifications/${isSms ? 'sms' : 'email'}`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token()}` },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(10_000),
        },
      );
      const answer = (await response.json()) as { id?: string };
      if (response.status === 201 && answer.id !== undefined)
        accepted[isSms ? 'sms' : 'email'].push(answer.id);
    } catch (error) {
      // The process was killed under the request: what became of it nobody was told.
      if (!(error instanceof Error)) throw error;
    }
    await sleep(8_000 / RATE);
  }
}

/** Waits until nothing is queued for providers; returns how many jobs are left when it takes too long. */
async function settle(): Promise<number> {
  const client = new pg.Client({ connectionString: await readEmbeddedUrl(dataDir) });
  await client.connect();
  try {
    for (let second = 0; ; second += 1) {
      const { rows } = await client.query(
        "select count(*)::int as jobs from pgboss.job where name in ('notify.deliver_sms', 'notify.deliver_email')",
      );
      if (rows[0].jobs === 0 || second >= SETTLE_LIMIT_S) return rows[0].jobs;
      await sleep(1_000);
    }
  } finally {
    await client.end();
  }
}

/** How often messages were made at the text providers, by reference: they take one reference once. */
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

async function timesMailed(): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  const mails = (await (await fetch(`${simulators}/mail/calls`)).json()) as {
    headers: Record<string, string>;
  }[];
  for (const { headers } of mails) {
    const id = /<([0-9a-f-]{36})@/.exec(headers['message-id'] ?? '')?.[1];
    if (id !== undefined) times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

function token(): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = encode({ iss: SERVICE, iat: Math.floor(Date.now() / 1_000) });
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${claims}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

async function applyService(): Promise<void> {
  const file = join(dataDir, 'notify.json');
  const service = {
    id: SERVICE,
    name: 'Kills',
    live: true,
    limits: { per_minute: 1_000_000 },
    api_keys: [{ name: 'kills', type: 'normal', secret: SECRET }],
    templates: [
      { id: SMS, type: 'sms', name: 'Text', content: 'Hello' },
      { id: EMAIL, type: 'email', name: 'Email', subject: 'Hello', content: 'Hello' },
    ],
  };
  writeFileSync(file, JSON.stringify({ notify: { services: [service] } }));
  const child = spawn(process.execPath, [MAIN, 'apply', '-f', file], { env: environment, stdio: 'ignore' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`signalbox apply ended with ${code}`);
}

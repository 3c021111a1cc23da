// Change events over HTTP to committed directory rows, on everything that `start` runs: first the intake by itself, then
// the pipeline by itself on what has come in, then both at the same time. Usage: pipeline.ts [events]

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl } from '#platform/db';
import { eventBody, odsCodesOf, unmatchedCodes } from '../src/simulators/profile-editor/event-source.ts';
import { runChangeEvents } from '../src/simulators/profile-editor/sender.ts';
import { reportResult } from './support.ts';

const EVENTS = Number(process.argv[2] ?? 20_000);
const CONNECTIONS = 64;
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const PORT = 18_560;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-pipeline-'));
const apiKey = randomBytes(40).toString('hex');
const environment = {
  ...process.env,
  SIGNALBOX_DATA_DIR: dataDir,
  SIGNALBOX_PORT_BASE: String(PORT),
  NHS_UK_API_KEY: apiKey,
};

/** Alarms, e-mails and the like go on beside it. */
const PIPELINE = ['directory.ingest_change_event', 'directory.match_services', 'directory.sync_service'];

const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
  env: environment,
  stdio: 'ignore',
});
try {
  while (
    !(await fetch(`http://127.0.0.1:${PORT}/health/readiness`).then(
      (r) => r.ok,
      () => false,
    ))
  )
    await sleep(100);
  await run(['jobs', 'pause', 'directory.ingest_change_event']);
  await sleep(2_500);
  const intake = await runChangeEvents({
    target: `http://127.0.0.1:${PORT + 3}/v1/change-event`,
    apiKey,
    events: EVENTS,
    rate: 0,
    connections: CONNECTIONS,
    mix: { changed: 0.6, unchanged: 0.25, stale: 0.06, duplicate: 0.05, unmatched: 0.04, poison: 0 },
    seed: 7,
    odsCodes: odsCodesOf(10_363),
    unmatchedCodes: unmatchedCodes(),
    eventBody,
    runId: 'bench',
  });
  await run(['jobs', 'resume', 'directory.ingest_change_event']);
  const startedAt = performance.now();
  const client = new pg.Client({ connectionString: await readEmbeddedUrl(dataDir) });
  await client.connect();
  for (let left = 1; left > 0; await sleep(100)) {
    const { rows } = await client.query(
      "select count(*)::int as left from pgboss.job where name = any($1) and state < 'completed'",
      [PIPELINE],
    );
    left = rows[0].left;
  }
  const drainSeconds = (performance.now() - startedAt) / 1_000;
  const { rows } = await client.query(
    "select count(*)::int as updates from platform.events where name = 'update_request.succeeded'",
  );
  await client.end();
  const together = JSON.parse(await run(['demo', 'directory', '--events', String(EVENTS), '--json']));
  await reportResult('pipeline', {
    events: EVENTS,
    intakeAlonePerSecond: Math.round(intake.eventsPerSecond),
    intakeAloneMs: intake.latencies,
    pipelineAloneEventsPerSecond: Math.round(EVENTS / drainSeconds),
    pipelineAloneUpdatesPerSecond: Math.round(rows[0].updates / drainSeconds),
    togetherIntakePerSecond: together.intake.perSecond,
    togetherIntakeMs: together.intake.latencyMs,
    togetherEventsPerSecond: together.processing.eventsPerSecond,
    togetherUpdatesPerSecond: together.processing.updatesPerSecond,
    togetherOrderViolations: together.orderViolations,
    togetherMissing: together.missing,
  });
} finally {
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

async function run(args: string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return output;
}

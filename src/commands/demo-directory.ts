import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunSummary, summariseRun } from '#directory';
import { createApiKeyStore, recordAudit } from '#platform/auth';
import { isConnectionFailure } from '#platform/db';
import type { App } from '../app.ts';
import { eventBody, odsCodesOf, unmatchedCodes } from '../simulators/profile-editor/event-source.ts';
import { runChangeEvents } from '../simulators/profile-editor/sender.ts';
import { CommandError } from './command.ts';
import { cliActor } from './connection.ts';
import type { ProgressLine } from './progress.ts';

export interface DirectoryDemoOptions {
  url: string;
  events: number;
  rate: number;
  connections: number;
  poisonShare: number;
  /** Pharmacies the directory was filled with. */
  pharmacies: number;
  seed: number;
  runId: string;
  progress: ProgressLine;
}

export interface DirectoryDemoResult {
  runId: string;
  exampleCorrelationId: string;
  intake: {
    sent: number;
    accepted: number;
    refused: number;
    duplicates: number;
    seconds: number;
    perSecond: number;
    latencyMs: { p50: number; p95: number; p99: number };
  };
  processing: RunSummary & { seconds: number; eventsPerSecond: number; updatesPerSecond: number };
  orderViolations: number;
  missing: number;
  isComplete: boolean;
}

/** Between the last event sent and giving up on those that have not ended: retries of poison take about 20 s. */
const PATIENCE_MS = 180_000;

/** Sends a run of change events, waits for the pipeline to be empty, and adds up what the register says of the run. */
export async function runDirectoryDemo(
  app: App,
  options: DirectoryDemoOptions,
): Promise<DirectoryDemoResult> {
  const store = app.modules.find(({ definition }) => definition.name === 'directory')?.store;
  if (!store) throw new CommandError('The directory module is not among SIGNALBOX_MODULES');
  const { progress, runId } = options;
  const startedAt = new Date();
  const apiKey = randomBytes(40).toString('hex');
  await createApiKeyStore(store.db).put('directory', 'demo', apiKey);
  await recordAudit(store.db.kysely, {
    actor: cliActor,
    action: 'api_key.changed',
    target: 'api_key:directory:demo',
  });

  let duplicates = 0;
  let example = `${runId}-0`;
  const sent = await runChangeEvents(
    {
      target: `${options.url}/v1/change-event`,
      apiKey,
      events: options.events,
      rate: options.rate,
      connections: options.connections,
      mix: mixWithPoison(options.poisonShare),
      seed: options.seed,
      odsCodes: odsCodesOf(options.pharmacies),
      unmatchedCodes: unmatchedCodes(),
      eventBody,
      runId,
      onAnswer: (event) => {
        if (event.kind === 'duplicate' && event.status === 200) duplicates += 1;
        if (event.kind === 'changed') example = event.correlationId;
      },
    },
    (state) =>
      progress.update('Sending', state.accepted, options.events, `${Math.round(state.eventsPerSecond)}/s`),
  );
  progress.finish();

  const summary = await waitForEnd(app, { ...options, startedAt, expected: sent.accepted });
  progress.finish();

  // The last tenth may have waited behind an event that cannot be processed, which says nothing about speed.
  const seconds = ((summary.mostDoneAt ?? startedAt).getTime() - startedAt.getTime()) / 1_000;
  const neverIngested = Math.max(0, sent.accepted - duplicates - summary.ingested);
  const missing = neverIngested + summary.openEvents;
  return {
    runId,
    exampleCorrelationId: example,
    intake: {
      sent: sent.sent,
      accepted: sent.accepted,
      refused: sent.refused,
      duplicates,
      seconds: Math.round(sent.elapsedMs / 10) / 100,
      perSecond: Math.round(sent.eventsPerSecond),
      latencyMs: sent.latencies,
    },
    processing: {
      ...summary,
      seconds,
      eventsPerSecond: Math.round((0.9 * summary.ingested) / Math.max(0.001, seconds)),
      updatesPerSecond: Math.round((0.9 * summary.updatesDone) / Math.max(0.001, seconds)),
    },
    orderViolations: summary.orderViolations,
    missing,
    isComplete: missing === 0,
  };
}

function mixWithPoison(poison: number) {
  const rest = 1 - poison;
  return {
    changed: rest * 0.6,
    unchanged: rest * 0.25,
    stale: rest * 0.06,
    duplicate: rest * 0.05,
    unmatched: rest * 0.04,
    poison,
  };
}

/** Watches the queues, which is cheap, and reads the run's events only once they are empty. */
async function waitForEnd(
  app: App,
  options: DirectoryDemoOptions & { startedAt: Date; expected: number },
): Promise<RunSummary> {
  const [store] = app.stores;
  const { progress, runId, startedAt } = options;
  const deadline = Date.now() + PATIENCE_MS;
  let highest = 0;
  let wasEmpty = false;
  for (;;) {
    const queues = (await throughOutages(() => store.jobs.queues())).filter(({ queue }) =>
      queue.startsWith('directory.'),
    );
    const waiting = queues.reduce((sum, queue) => sum + queue.waiting + queue.active + queue.retrying, 0);
    const retrying = queues.reduce((sum, queue) => sum + queue.retrying, 0);
    highest = Math.max(highest, waiting);
    progress.update(
      'Processing',
      highest - waiting,
      highest,
      retrying > 0 ? `${retrying} being tried again` : '',
    );
    // Twice in a row: between two stages a job is nowhere for the length of one statement's snapshot.
    if ((waiting === 0 && wasEmpty) || Date.now() > deadline) break;
    wasEmpty = waiting === 0;
    await sleep(500);
  }
  return throughOutages(() => summariseRun(store.db.kysely, `${runId}-`, startedAt));
}

const OUTAGE_MS = 60_000;

/** Asks again while the database is away: the demo watches, so what it watches may well be killed. */
async function throughOutages<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + OUTAGE_MS; ; await sleep(500)) {
    try {
      return await ask();
    } catch (error) {
      if (!isConnectionFailure(error) || Date.now() > deadline) throw error;
    }
  }
}

import { randomInt } from 'node:crypto';
import type { Handle } from '#platform/db';
import { OutgoingCallError } from '#platform/http';
import { type JobOutcome, OutageError, type TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { AwaitingParentError, type Domain, RefusedRecordError } from '../engine/domain.ts';
import { NotNowError, UncertainOutcomeError } from '../ledger/create-once.ts';
import {
  type ClaimedKey,
  clearFailures,
  parkKeys,
  releaseKeys,
  type SettledKey,
  settleKeys,
  settleMapped,
} from '../ledger/ledger-queries.ts';
import { PARK_SECONDS } from '../ledger/parked-keys.ts';
import { moveTask } from '../tasks/definitions.ts';
import { failureEvents, movedEvents } from './move-events.ts';
import type { Moved } from './move-record.ts';
import type { MoveJob } from './move-records.ts';
import { queuedEvents } from './queued-events.ts';
import { addTally, EMPTY_TALLY, type Tally } from './run-queries.ts';

/** A batch at its end. */
export interface Settling {
  /** Of runs that are being cancelled, or purged. */
  dropped: MoveJob[];
  /** Mapped already, or settled by this very run. */
  known: MoveJob[];
  /** Somebody else works on the record. */
  busy: MoveJob[];
  moved: Moved[];
  /** Their calls go on. */
  late: { job: MoveJob; claim: ClaimedKey | undefined; delayMs: number }[];
}

const SHARDS = 8;
const BUSY_DELAY_MS = 1_000;
const MAX_PARENT_DELAY_MS = 10_000;

/** Ledger, events, counters, mapping retries and the end of the jobs commit together. */
export async function settleBatch(
  ctx: MigrationContext,
  domain: Domain,
  settling: Settling,
  run: TaskRun,
): Promise<JobOutcome[]> {
  const { dropped, known, busy, late } = settling;
  const ended = settling.moved.filter((moved) => moved.kind !== 'failed');
  const failed = settling.moved.filter((moved) => moved.kind === 'failed');
  const completed = [...dropped, ...known, ...ended.map((moved) => moved.job)];
  const events = [...movedEvents(ctx, domain, ended), ...failureEvents(failed)];
  const keys = ended.flatMap((moved) => settledKeyOf(domain, moved));
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await settleKeys(trx, keys);
    await settleMappings(trx, domain, ended);
    await parkKeys(
      trx,
      late.flatMap(({ claim }) => (claim ? [{ type: domain.type, key: claim.key, owner: claim.owner }] : [])),
      PARK_SECONDS,
    );
    await ctx.events.append(trx, events);
    await queueMappings(ctx, trx, domain, ended);
    await addTallies(trx, domain, { dropped, known, ended });
    if (completed.length > 0) {
      await run.complete(
        trx,
        completed.map((job) => job.id),
      );
    }
  });
  count(ctx, domain, settling);
  return [
    ...completed.map((job) => ({ id: job.id, status: 'completed' as const })),
    ...busy.map((job) => ({ id: job.id, status: 'postponed' as const, delayMs: BUSY_DELAY_MS })),
    ...late.map(({ job, delayMs }) => ({ id: job.id, status: 'postponed' as const, delayMs })),
    ...failed.map((moved) => outcomeOfFailure(ctx, moved.job, moved.error)),
  ];
}

/** How the job engine is told of a failure: not now, never, outside is away, or an attempt that failed. */
export function outcomeOfFailure(
  ctx: { config: Pick<MigrationContext['config'], 'parentWaitSeconds'> },
  { id, enqueuedAt }: { id: string; enqueuedAt: Date },
  error: unknown,
): JobOutcome {
  if (error instanceof AwaitingParentError) {
    const waitedMs = Date.now() - enqueuedAt.getTime();
    const isPatient = waitedMs < ctx.config.parentWaitSeconds * 1_000;
    if (isPatient)
      return { id, status: 'postponed', delayMs: Math.min(MAX_PARENT_DELAY_MS, 250 + waitedMs / 4) };
  }
  if (error instanceof NotNowError) return { id, status: 'postponed', delayMs: error.delayMs };
  if (error instanceof RefusedRecordError || error instanceof UncertainOutcomeError) {
    return { id, status: 'refused', error };
  }
  if (error instanceof OutgoingCallError && error.fault === 'unreachable') {
    return { id, status: 'failed', error: new OutageError(error.target, { cause: error }) };
  }
  return { id, status: 'failed', error };
}

/** Where another service keeps the mappings, the ledger keeps the target's id until the mapping is made. */
async function settleMappings(trx: Handle, domain: Domain, ended: Moved[]): Promise<void> {
  const pending = ended.flatMap((moved) =>
    moved.kind === 'migrated' && moved.mapping.status === 'queued'
      ? [{ type: domain.type, key: moved.claim.key, owner: moved.claim.owner }]
      : [],
  );
  await releaseKeys(trx, pending);
  for (const moved of ended) {
    if (moved.kind === 'mapped') {
      await settleMapped(trx, domain.type, moved.mapping.nomisKey, moved.mapping.dpsKey);
    }
  }
}

function settledKeyOf(domain: Domain, moved: Moved): SettledKey[] {
  if (moved.kind === 'mapped' || moved.kind === 'failed') return [];
  if (moved.kind === 'migrated' && moved.mapping.status === 'queued') return [];
  const { key, owner } = moved.claim;
  const state =
    moved.kind === 'migrated' ? 'MAPPED' : moved.kind === 'rejected' ? 'REJECTED' : ('SKIPPED' as const);
  return [{ type: domain.type, key, owner, state }];
}

async function queueMappings(
  ctx: MigrationContext,
  trx: Handle,
  domain: Domain,
  ended: Moved[],
): Promise<void> {
  const items = ended.flatMap((moved) =>
    moved.kind === 'migrated' && moved.mapping.status === 'queued'
      ? [
          {
            payload: {
              kind: 'mapping' as const,
              migrationId: moved.job.payload.migrationId,
              key: moved.claim.key,
              targetId: moved.targetId,
            },
            correlationId: moved.job.correlationId,
          },
        ]
      : [],
  );
  const ids = await ctx.jobs.enqueue(trx, moveTask(domain, ctx.config), items);
  const events = items.flatMap(({ payload: { migrationId }, correlationId }, nth) =>
    queuedEvents('RETRY_MIGRATION_MAPPING', { migrationId, correlationId: correlationId ?? '' }, [
      ids[nth] ?? '',
    ]),
  );
  await ctx.events.append(trx, events);
}

async function addTallies(
  trx: Handle,
  domain: Domain,
  jobs: { dropped: MoveJob[]; known: MoveJob[]; ended: Moved[] },
): Promise<void> {
  const tallies = new Map<string, Tally>();
  const tallyOf = (job: MoveJob): Tally => {
    const id = job.payload.migrationId;
    const tally = tallies.get(id) ?? { ...EMPTY_TALLY };
    tallies.set(id, tally);
    return tally;
  };
  for (const job of jobs.dropped) {
    tallyOf(job)[job.payload.kind === 'entity' ? 'dropped' : 'mappingsSettled'] += 1;
  }
  for (const job of jobs.known) tallyOf(job).skipped += 1;
  for (const moved of jobs.ended) addMoved(tallyOf(moved.job), moved);
  // A job that came back may be a dead letter that was counted as failed.
  const again = [...jobs.dropped, ...jobs.known].filter((job) => job.isRedelivered);
  for (const [migrationId, back] of Map.groupBy(again, (job) => job.payload.migrationId)) {
    const keys = back.map((job) => job.payload.key);
    const tally = tallies.get(migrationId);
    if (tally) tally.failed -= await clearFailures(trx, domain.type, keys, migrationId);
  }
  for (const [migrationId, tally] of tallies) await addTally(trx, migrationId, randomInt(SHARDS), tally);
}

function addMoved(tally: Tally, moved: Moved): void {
  if (moved.kind === 'mapped') tally.mappingsSettled += 1;
  else if (moved.kind === 'rejected') tally.rejected += 1;
  else if (moved.kind === 'known') tally.skipped += 1;
  else if (moved.kind === 'migrated') {
    if (moved.mapping.status === 'duplicate') tally.duplicates += 1;
    else tally.migrated += 1;
    if (moved.mapping.status === 'queued') tally.mappingsQueued += 1;
  }
  if (moved.kind !== 'mapped' && moved.kind !== 'failed') {
    if (moved.claim.failedIn === moved.job.payload.migrationId) tally.failed -= 1;
  }
}

function count(ctx: MigrationContext, domain: Domain, settling: Settling): void {
  const { entities } = ctx.metrics;
  const { type } = domain;
  if (settling.dropped.length > 0) entities.inc({ type, outcome: 'dropped' }, settling.dropped.length);
  if (settling.known.length > 0) entities.inc({ type, outcome: 'known' }, settling.known.length);
  for (const [kind, moved] of Map.groupBy(settling.moved, (one) => one.kind)) {
    entities.inc({ type, outcome: kind }, moved.length);
  }
}

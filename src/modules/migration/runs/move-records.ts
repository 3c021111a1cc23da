// MIGRATE_ENTITY: spec section 6.1.1 for any domain. A batch is claimed, its records go their way side by side, and what
// became of them is written in one transaction together with the end of their jobs. A record whose call takes long does
// not hold up its batch: it is parked in the ledger, its job goes back, and the call goes on.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { type ClaimedKey, claimKeys, selectLedgerStates } from '../ledger/ledger-queries.ts';
import { createParkedKeys } from '../ledger/parked-keys.ts';
import type { MoveRecordPayload } from '../tasks/definitions.ts';
import { type Moved, moveRecord } from './move-record.ts';
import { selectPurge, selectStoppedRuns } from './run-queries.ts';
import { type Settling, settleBatch } from './settle-batch.ts';

export type MoveJob = Job<MoveRecordPayload>;

/** Longer than all calls of one record together (F27). */
const LEASE_SECONDS = 300;
const BUSY_DELAY_MS = 1_000;

export function moveRecords(ctx: MigrationContext, domain: Domain) {
  /** Failures of records whose batch had gone: told to their jobs when they come back to this process. */
  const lateFailures = new Map<string, unknown>();
  const parked = createParkedKeys(ctx);

  return async (jobs: MoveJob[], run: TaskRun): Promise<JobOutcome[]> => {
    const { live, dropped } = await dropStopped(ctx, domain, jobs);
    const entities = live.filter((job) => job.payload.kind === 'entity');
    const known = await ctx.mappings.findAll(domain, [...new Set(entities.map((job) => job.payload.key))]);
    const { claimed, settled, busy } = await claim(
      ctx,
      domain,
      entities.filter((job) => !known.has(job.payload.key)),
    );

    const settling: Settling = {
      dropped,
      known: [...entities.filter((job) => known.has(job.payload.key)), ...settled],
      busy,
      moved: [],
      late: [],
    };
    const rooms = new Map<string, ReturnType<MigrationContext['mappings']['findRoom']>>();
    const works = [
      ...claimed.map(({ job, claim: held }) => {
        const late = lateFailures.get(job.id);
        lateFailures.delete(job.id);
        if (late !== undefined)
          return { job, claim: held, done: Promise.resolve(failedWith(job, held, late)) };
        return { job, claim: held, done: moveRecord(ctx, { domain, job, claim: held, rooms, run }) };
      }),
      ...live
        .filter((job) => job.payload.kind === 'mapping')
        .map((job) => ({ job, claim: undefined, done: retryMapping(ctx, domain, job) })),
    ];
    await endOrStraggle(works, ctx.config.stragglerMs, settling);
    const outcomes = await settleBatch(ctx, domain, settling, run);
    // The calls that go on are followed until their record may be worked on again.
    for (const work of works) {
      if (settling.late.some((late) => late.job.id === work.job.id)) void follow(work);
    }
    return outcomes;
  };

  async function follow({ job, claim: held, done }: Work): Promise<void> {
    const noted = done.then((moved) => {
      if (moved.kind === 'failed') lateFailures.set(job.id, moved.error);
    });
    if (held) await parked.keep({ type: domain.type, key: held.key, owner: held.owner }, noted);
  }
}

interface Work {
  job: MoveJob;
  claim: ClaimedKey | undefined;
  /** Never rejects. */
  done: Promise<Moved>;
}

/** Messages of runs that are being cancelled, and of purged queues, are dropped before any work. */
async function dropStopped(
  ctx: MigrationContext,
  domain: Domain,
  jobs: MoveJob[],
): Promise<{ live: MoveJob[]; dropped: MoveJob[] }> {
  const { kysely } = ctx.db;
  const stopped = await selectStoppedRuns(kysely, [...new Set(jobs.map((job) => job.payload.migrationId))]);
  const purgedBefore = await selectPurge(kysely, domain.bulk?.queueId ?? domain.type);
  const isDropped = (job: MoveJob) =>
    stopped.has(job.payload.migrationId) || (purgedBefore !== undefined && job.enqueuedAt < purgedBefore);
  return { live: jobs.filter((job) => !isDropped(job)), dropped: jobs.filter(isDropped) };
}

/** Takes the records in the ledger, then looks for mappings again: one made meanwhile is seen only under the claim. */
async function claim(ctx: MigrationContext, domain: Domain, jobs: MoveJob[]) {
  const byKey = new Map<string, MoveJob>();
  const busy: MoveJob[] = [];
  for (const job of jobs) {
    // An id that pages gave twice: the second waits for the first.
    if (byKey.has(job.payload.key)) busy.push(job);
    else byKey.set(job.payload.key, job);
  }
  if (byKey.size === 0) return { claimed: [], settled: [], busy };
  const wanted = [...byKey].map(([key, job]) => ({
    key,
    owner: job.id,
    migrationId: job.payload.migrationId,
  }));
  const held = new Map(
    (await claimKeys(ctx.db.kysely, domain.type, wanted, LEASE_SECONDS)).map((row) => [row.key, row]),
  );
  const missing = [...byKey.keys()].filter((key) => !held.has(key));
  const states = new Map(
    missing.length === 0
      ? []
      : (await selectLedgerStates(ctx.db.kysely, domain.type, missing)).map((row) => [row.key, row.state]),
  );
  const claimed: { job: MoveJob; claim: ClaimedKey }[] = [];
  const settled: MoveJob[] = [];
  for (const [key, job] of byKey) {
    const row = held.get(key);
    const state = states.get(key);
    if (row) claimed.push({ job, claim: row });
    else if (state === 'SKIPPED' || state === 'REJECTED') settled.push(job);
    else busy.push(job);
  }
  return { claimed, settled, busy };
}

async function endOrStraggle(works: Work[], patienceMs: number, settling: Settling): Promise<void> {
  const left = new Set(works);
  const all = Promise.all(
    works.map(async (work) => {
      const moved = await work.done;
      if (left.delete(work)) settling.moved.push(moved);
    }),
  );
  const { promise: patience, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  await Promise.race([all, patience]);
  clearTimeout(timer);
  for (const work of left) {
    left.delete(work);
    settling.late.push({ job: work.job, claim: work.claim, delayMs: BUSY_DELAY_MS });
  }
}

function failedWith(job: MoveJob, held: ClaimedKey, error: unknown): Moved {
  return { kind: 'failed', job, claim: held, error };
}

/** Only the mapping is missing: the write at the target is never repeated (spec section 5.5). */
async function retryMapping(ctx: MigrationContext, domain: Domain, job: MoveJob): Promise<Moved> {
  const { key, targetId, migrationId } = job.payload;
  try {
    if (targetId === undefined) throw new Error('A mapping to retry needs its target id');
    const mapping = { nomisKey: key, dpsKey: targetId, label: migrationId, mappingType: 'MIGRATED' };
    return { kind: 'mapped', job, mapping, outcome: await ctx.mappings.create(domain, mapping) };
  } catch (error) {
    return { kind: 'failed', job, claim: undefined, error };
  }
}

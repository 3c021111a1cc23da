import type { Actor } from './audit.ts';
import type { JobsContext } from './context.ts';
import { countFailures, type FailureFilter, findFailures, lockFailed } from './failure-queries.ts';
import { newJobId } from './job-ids.ts';
import { putBack } from './put-back.ts';
import {
  addRedriven,
  countResults,
  findRecentRedrives,
  findRedrive,
  findUnfinishedRedrives,
  insertRedrive,
  lockRedrive,
  type RedriveRow,
  type RedriveState,
  setRedriveState,
} from './redrive-queries.ts';

export interface RedriveOptions {
  actor: Actor;
  /** Only says how many jobs match. */
  dryRun?: boolean;
  /** Runs this many first and goes on only when every one of them succeeds. */
  canary?: number;
  ratePerSecond?: number;
  /** Pauses when more than this share (0 to 1) of the latest thousand fails again. */
  pauseOnErrorRate?: number;
}

export interface Redrive {
  id: string;
  filter: FailureFilter;
  state: RedriveState;
  /** Why it is paused. */
  reason: string | null;
  matched: number;
  redriven: number;
  canary: number;
  ratePerSecond: number | null;
  pauseOnErrorRate: number | null;
  actor: Actor;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface Redrives {
  /** Runs failed jobs again by filter, in the background; `id` is absent on a dry run. */
  redrive(filter: FailureFilter, options: RedriveOptions): Promise<{ id?: string; matched: number }>;
  getRedrive(id: string): Promise<Redrive | undefined>;
  /** Newest first. */
  listRedrives(limit: number): Promise<Redrive[]>;
  /** Goes on with a paused redrive, without a canary. */
  resumeRedrive(id: string, actor: Actor): Promise<boolean>;
  cancelRedrive(id: string, actor: Actor): Promise<boolean>;
}

const MAX_STEP = 1000;
const MIN_SAMPLE = 20;

export function createRedrives(ctx: JobsContext): Redrives {
  return {
    redrive: (filter, options) => startRedrive(ctx, filter, options),
    async getRedrive(id) {
      const row = await findRedrive(ctx.db.kysely, id);
      return row && toRedrive(row);
    },
    listRedrives: async (limit) => (await findRecentRedrives(ctx.db.kysely, limit)).map(toRedrive),
    resumeRedrive: (id, actor) => changeState(ctx, id, { from: ['paused'], to: 'running', actor }),
    cancelRedrive: (id, actor) =>
      changeState(ctx, id, { from: ['canary', 'running', 'paused'], to: 'cancelled', actor }),
  };
}

async function startRedrive(
  ctx: JobsContext,
  filter: FailureFilter,
  options: RedriveOptions,
): Promise<{ id?: string; matched: number }> {
  const matched = await countFailures(ctx.db.kysely, { ...filter, state: 'failed' });
  if (options.dryRun) return { matched };
  const id = newJobId();
  const canary = options.canary ?? 0;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await insertRedrive(trx, {
      id,
      filter: JSON.parse(JSON.stringify({ ...filter, state: 'failed' })),
      canary,
      rate_per_second: options.ratePerSecond ?? null,
      pause_on_error_rate: options.pauseOnErrorRate ?? null,
      state: canary > 0 ? 'canary' : 'running',
      matched,
      actor: options.actor,
    });
    await ctx.audit(trx, {
      actor: options.actor,
      action: 'redrive.started',
      target: `redrive:${id}`,
      details: { filter, matched, canary },
    });
  });
  return { id, matched };
}

async function changeState(
  ctx: JobsContext,
  id: string,
  change: { from: RedriveState[]; to: RedriveState; actor: Actor },
): Promise<boolean> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const { from, to, actor } = change;
    if (!(await setRedriveState(trx, id, { from, to, reason: null }))) return false;
    const action = to === 'cancelled' ? 'redrive.cancelled' : 'redrive.resumed';
    await ctx.audit(trx, { actor, action, target: `redrive:${id}` });
    return true;
  });
}

/**
 * Moves every unfinished redrive on by one step, each in a transaction of its own, so that a crash loses nothing and
 * any worker goes on. Returns how many jobs were put back.
 */
export async function advanceRedrives(
  ctx: JobsContext,
  options: { ignoreRate?: boolean } = {},
): Promise<number> {
  let advanced = 0;
  for (const id of await findUnfinishedRedrives(ctx.db.kysely)) {
    advanced += await ctx.db.kysely.transaction().execute(async (trx) => {
      const redrive = await lockRedrive(trx, id);
      if (!redrive) return 0;
      const verdict = await judge(trx, redrive);
      if (verdict === 'wait') return 0;
      if (verdict) {
        const from = [redrive.state];
        await setRedriveState(trx, id, { from, ...verdict });
        if (verdict.to === 'paused')
          ctx.log.warn({ redriveId: id, reason: verdict.reason }, 'jobs.redrive_paused');
        return 1;
      }
      return step(ctx, trx, redrive, options.ignoreRate === true);
    });
  }
  return advanced;
}

type Verdict = { to: RedriveState; reason: string | null } | 'wait' | undefined;

/** Whether the results so far let the redrive go on. */
async function judge(trx: Parameters<typeof countResults>[0], redrive: RedriveRow): Promise<Verdict> {
  const isCanaryOut = redrive.state === 'canary' && Number(redrive.redriven) > 0;
  if (!isCanaryOut && redrive.pause_on_error_rate === null) return undefined;
  const results = await countResults(trx, redrive.id);
  if (isCanaryOut) {
    if (results.failed > 0)
      return { to: 'paused', reason: `${results.failed} jobs of the canary failed again.` };
    return results.pending > 0 ? 'wait' : { to: 'running', reason: null };
  }
  const settled = results.recovered + results.failed;
  const limit = redrive.pause_on_error_rate ?? 1;
  if (redrive.state === 'running' && settled >= MIN_SAMPLE && results.failed / settled > limit) {
    return { to: 'paused', reason: `${results.failed} of the latest ${settled} jobs failed again.` };
  }
  return undefined;
}

async function step(
  ctx: JobsContext,
  trx: Parameters<typeof lockFailed>[0],
  redrive: RedriveRow,
  ignoreRate: boolean,
): Promise<number> {
  const limit = redrive.state === 'canary' ? redrive.canary : stepSize(redrive, ignoreRate);
  if (limit === 0) return 0;
  const filter = parseFilter(redrive.filter);
  // A worker of some modules leaves the jobs of the others to theirs.
  const failed = await lockFailed(trx, filter, { tasks: [...ctx.queues.keys()], limit });
  if (failed.length === 0) {
    if ((await findFailures(trx, filter, { limit: 1 })).length > 0) return 0;
    await setRedriveState(trx, redrive.id, { from: [redrive.state], to: 'finished', reason: null });
    ctx.log.info({ redriveId: redrive.id }, 'jobs.redrive_finished');
    return 0;
  }
  await putBack(ctx, trx, failed, redrive.id);
  await addRedriven(trx, redrive.id, failed.length);
  return failed.length;
}

function stepSize(redrive: RedriveRow, ignoreRate: boolean): number {
  if (redrive.rate_per_second === null || ignoreRate) return MAX_STEP;
  // A worker that was away must not let the time add up to one burst.
  const seconds = Math.min(redrive.idle_seconds, Math.max(2, 2 / redrive.rate_per_second));
  return Math.min(Math.floor(redrive.rate_per_second * seconds), MAX_STEP);
}

function parseFilter(stored: Record<string, string>): FailureFilter {
  const { since, until, ...rest } = stored;
  return {
    ...rest,
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}

function toRedrive(row: RedriveRow): Redrive {
  return {
    id: row.id,
    filter: parseFilter(row.filter),
    state: row.state,
    reason: row.reason,
    matched: Number(row.matched),
    redriven: Number(row.redriven),
    canary: row.canary,
    ratePerSecond: row.rate_per_second,
    pauseOnErrorRate: row.pause_on_error_rate,
    actor: row.actor,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

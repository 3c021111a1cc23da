import type { Handle } from '#platform/db';
import { HttpError } from '#platform/http';
import type { Actor } from './audit.ts';
import { InvalidPayloadError } from './batch.ts';
import type { JobsContext } from './context.ts';
import { editWaitingJob, removeEndedJobs } from './ended-job-queries.ts';
import {
  countFailures,
  type FailedAttempt,
  type FailureFilter,
  type FailureRow,
  type FailureState,
  findFailure,
  findFailures,
  lockFailuresById,
  markIgnored,
  replacePayload,
} from './failure-queries.ts';
import { putBack } from './put-back.ts';
import type { Queue } from './queue.ts';
import { createRedrives, type Redrives } from './redrives.ts';

/** A job that failed at least once. It keeps its id through retries, edits and redrives. */
export interface JobFailureRecord {
  id: string;
  task: string;
  key: string | null;
  correlationId: string | null;
  state: FailureState;
  /** Class of the last fault: HTTP status, SQLSTATE, system error code or error name. */
  cause: string;
  message: string;
  /** The last fifty. */
  attempts: FailedAttempt[];
  attemptCount: number;
  payload: unknown;
  /** Payloads replaced by edits, oldest first. */
  payloadVersions: { payload: unknown; at: string; by: object }[];
  /** Later jobs of its key wait until this one is retried or ignored. */
  isHeld: boolean;
  redriveId: string | null;
  firstFailedAt: Date;
  lastFailedAt: Date;
  ignoreReason: string | null;
}

export interface FailurePage {
  failures: JobFailureRecord[];
  /** Passed as `after`, it gives the next page. */
  next?: string;
}

export interface Failures extends Redrives {
  /** Newest first, or the oldest; `after` goes on from a page of the same order. */
  list(
    filter: FailureFilter,
    page: { limit: number; after?: string; oldestFirst?: boolean },
  ): Promise<FailurePage>;
  count(filter: FailureFilter): Promise<number>;
  get(id: string): Promise<JobFailureRecord | undefined>;
  /** Replaces the payload of a job that failed or waits for its retry. Throws `InvalidPayloadError`. */
  edit(id: string, payload: unknown, actor: Actor): Promise<'edited' | 'not_found' | 'not_editable'>;
  /** Runs failed jobs again with all their attempts; returns the ids of those that were failed. */
  retry(ids: string[], actor: Actor): Promise<string[]>;
  /** Ends failed jobs for good and lets their keys go on; returns the ids of those that were failed. */
  ignore(ids: string[], reason: string, actor: Actor): Promise<string[]>;
}

export function createFailures(ctx: JobsContext): Failures {
  return {
    ...createRedrives(ctx),
    async list(filter, page) {
      const after = page.after === undefined ? undefined : parseCursor(page.after);
      const rows = await findFailures(ctx.db.kysely, filter, {
        limit: page.limit,
        oldestFirst: page.oldestFirst ?? false,
        ...(after === undefined ? {} : { after }),
      });
      const last = rows.length === page.limit ? rows.at(-1) : undefined;
      return {
        failures: rows.map(toRecord),
        ...(last === undefined ? {} : { next: `${last.last_failed_text}/${last.id}` }),
      };
    },
    count: (filter) => countFailures(ctx.db.kysely, filter),
    async get(id) {
      const row = await findFailure(ctx.db.kysely, id);
      return row && toRecord(row);
    },
    edit: (id, payload, actor) => editPayload(ctx, id, payload, actor),
    retry: (ids, actor) =>
      ctx.db.kysely.transaction().execute(async (trx) => {
        const failed = (await lockFailuresById(trx, ids)).filter((row) => row.state === 'failed');
        await putBack(ctx, trx, failed, null);
        return auditEach(ctx, trx, failed, { actor, action: 'job.retried' });
      }),
    ignore: (ids, reason, actor) =>
      ctx.db.kysely.transaction().execute(async (trx) => {
        const failed = (await lockFailuresById(trx, ids)).filter((row) => row.state === 'failed');
        for (const row of failed.filter((held) => held.is_held)) {
          await removeEndedJobs(trx, queueOf(ctx, row.task), [row.id]);
        }
        await markIgnored(
          trx,
          failed.map((row) => row.id),
          reason,
        );
        return auditEach(ctx, trx, failed, { actor, action: 'job.ignored', details: { reason } });
      }),
  };
}

async function editPayload(
  ctx: JobsContext,
  id: string,
  payload: unknown,
  actor: Actor,
): Promise<'edited' | 'not_found' | 'not_editable'> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const [row] = await lockFailuresById(trx, [id]);
    if (!row) return 'not_found';
    const queue = queueOf(ctx, row.task);
    const fault = queue.explainPayload(payload);
    if (fault !== undefined) throw new InvalidPayloadError(row.task, fault);
    const data = { ...row.data, p: payload };
    if (row.state === 'retrying') {
      if (!(await editWaitingJob(trx, queue, id, data))) return 'not_editable';
    } else if (row.state !== 'failed') return 'not_editable';
    const former = { payload: row.data.p, at: new Date().toISOString(), by: actor };
    await replacePayload(trx, id, { data, former });
    await auditEach(ctx, trx, [row], { actor, action: 'job.edited' });
    return 'edited';
  });
}

async function auditEach(
  ctx: JobsContext,
  trx: Handle,
  rows: FailureRow[],
  entry: { actor: Actor; action: string; details?: object },
): Promise<string[]> {
  for (const row of rows) {
    await ctx.audit(trx, {
      ...entry,
      target: `job:${row.id}`,
      details: { task: row.task, ...entry.details },
    });
  }
  return rows.map((row) => row.id);
}

export function queueOf(ctx: Pick<JobsContext, 'queues'>, task: string): Queue {
  const queue = ctx.queues.get(task);
  if (!queue) throw new Error(`Task ${task} is not known to this process; turn its module on and try again.`);
  return queue;
}

function parseCursor(text: string): { at: string; id: string } {
  const [, at, id] = /^([^/]+)\/([0-9a-f-]{36})$/.exec(text) ?? [];
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at))) {
    throw new HttpError(400, 'invalid_cursor', 'The page cursor is not one that a former page gave');
  }
  return { at, id };
}

function toRecord(row: FailureRow): JobFailureRecord {
  return {
    id: row.id,
    task: row.task,
    key: row.key,
    correlationId: row.correlation_id,
    state: row.state,
    cause: row.cause,
    message: row.message,
    attempts: row.attempts,
    attemptCount: row.attempt_count,
    payload: row.data.p,
    payloadVersions: row.payload_versions,
    isHeld: row.is_held,
    redriveId: row.redrive_id,
    firstFailedAt: row.first_failed_at,
    lastFailedAt: row.last_failed_at,
    ignoreReason: row.ignore_reason,
  };
}

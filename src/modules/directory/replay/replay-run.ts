import type { Actor } from '#platform/auth';
import type { Handle } from '#platform/db';
import { HttpError, uuidV7 } from '#platform/http';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import type { DirectoryContext } from '../context.ts';
import type { DirectoryEvent } from '../events.ts';
import type { ReplayRunRow } from '../tables.ts';
import { type ReplayPayload, replayEventsTask } from '../tasks/definitions.ts';
import { type EventFilter, matchesMembers, readEventFilter } from './event-filter.ts';
import { resendEvents } from './replay-event.ts';
import {
  insertReplayRun,
  selectRecordsByRegister,
  selectReplayRun,
  selectReplayRuns,
  selectWindowPage,
  updateReplayRun,
  type WindowEvent,
} from './replay-queries.ts';
import { checkWindow, readMoment } from './time-window.ts';

/** What to replay: at least one of the three. Times as operators write them, the filter as in `event-filter.ts`. */
export interface ReplayRequest {
  since?: string | undefined;
  until?: string | undefined;
  filter?: string | undefined;
}

/** How far a replay of a window has come. */
export interface ReplayRun {
  replay_id: string;
  state: 'running' | 'finished';
  request: ReplayRequest;
  requested_by: string;
  /** Stored events of the window that were looked at, queued again, and left out for a later one of the same number. */
  looked_at: number;
  queued: number;
  superseded: number;
  created_at: string;
  finished_at: string | null;
}

const PAGE_SIZE = 500;
const PAGES_PER_RUN = 20;
const MOST_REGISTER_RECORDS = 100_000;

/**
 * Starts the replay of every stored event of a window that the filter chooses, in the order in which they came in. It
 * goes on in the worker, page by page. Replaying the same again changes nothing: each event is compared with what is
 * there, and older ones than the newest of their ODS code are ignored. Throws an HttpError 400 for a wrong request.
 */
export async function startReplay(
  ctx: DirectoryContext,
  request: ReplayRequest,
  actor: Actor,
): Promise<ReplayRun> {
  const now = ctx.clock.now();
  const since = readSince(request, now);
  const until = request.until === undefined ? Infinity : readMoment('until', request.until, now).getTime();
  checkWindow(since, until);
  // Records that come in from now on are not part of it.
  const untilMs = Math.min(until, now.getTime() + 1);
  const filter = readEventFilter(request.filter ?? '');
  const id = uuidV7();
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insertReplayRun(trx, {
      id,
      request: { since: request.since, until: request.until, filter: request.filter },
      actor_name: actor.name,
      since_ms: String(since.getTime()),
      until_ms: String(untilMs),
      record_ids: await recordsOfRegister(ctx, filter, since),
      created_at: now,
    });
    await ctx.jobs.enqueue(trx, replayEventsTask, [{ payload: { replayId: id }, key: id }]);
    await ctx.audit(trx, {
      actor,
      action: 'directory_replay.started',
      target: `directory_replay:${id}`,
      details: request,
    });
  });
  return findReplay(ctx, id);
}

/** Throws an HttpError 404 for an id that no replay has. */
export async function findReplay(ctx: DirectoryContext, id: string): Promise<ReplayRun> {
  const row = /^[0-9a-f-]{36}$/i.test(id) ? await selectReplayRun(ctx.db.kysely, id) : undefined;
  if (!row) throw new HttpError(404, 'not_found', `There is no replay ${id}`);
  return present(row);
}

export async function listReplays(ctx: DirectoryContext, limit: number): Promise<ReplayRun[]> {
  return (await selectReplayRuns(ctx.db.kysely, limit)).map(present);
}

/** The task: some pages, then a further job for the rest, so that no run is long. */
export function replayEvents(ctx: DirectoryContext) {
  return async (jobs: Job<ReplayPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    for (const job of jobs) {
      for (let page = 1; !run.signal.aborted; page += 1) {
        const isLastPage = page === PAGES_PER_RUN;
        const { hasMore, replayed } = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
          const done = await replayPage(ctx, trx, job.payload.replayId);
          if (done.hasMore && isLastPage) {
            await ctx.jobs.enqueue(trx, replayEventsTask, [
              { payload: job.payload, key: job.payload.replayId },
            ]);
          }
          if (!done.hasMore || isLastPage) await run.complete(trx, [job.id]);
          return done;
        });
        ctx.contractLog.print('event-replay', replayed);
        if (!hasMore || isLastPage) break;
      }
    }
    return jobs.map(({ id }) =>
      run.signal.aborted ? { id, status: 'postponed' as const } : { id, status: 'completed' as const },
    );
  };
}

/** Queues the chosen events of the next page and moves the run on, in one transaction. */
async function replayPage(
  ctx: DirectoryContext,
  trx: Handle,
  id: string,
): Promise<{ hasMore: boolean; replayed: DirectoryEvent[] }> {
  const run = await selectReplayRun(trx, id, { lock: true });
  if (!run || run.state === 'finished') return { hasMore: false, replayed: [] };
  const filter = readEventFilter((run.request as ReplayRequest).filter ?? '');
  const page = await selectWindowPage(trx, run, { filter, limit: PAGE_SIZE });
  const chosen = page.filter((event) => event.isChosen && isChosenByMembers(filter, event));
  const current = chosen.filter(({ isSuperseded }) => !isSuperseded);
  const replayed = current.length > 0 ? await resendEvents(ctx, trx, current) : [];
  const last = page.at(-1);
  const isLast = page.length < PAGE_SIZE;
  await updateReplayRun(trx, id, {
    after: last ? { ms: last.firstReceivedMs, chronology: last.chronology } : null,
    lookedAt: page.length,
    queued: current.length,
    superseded: chosen.length - current.length,
    finishedAt: isLast ? ctx.clock.now() : null,
  });
  return { hasMore: !isLast, replayed };
}

function isChosenByMembers(filter: EventFilter, { event }: WindowEvent): boolean {
  if (filter.members.length === 0) return true;
  const record = parseJson(event);
  return isJsonObject(record) && matchesMembers(filter, record);
}

function readSince({ since, until, filter }: ReplayRequest, now: Date): Date {
  if (since !== undefined) return readMoment('since', since, now);
  if (until !== undefined || (filter ?? '').trim() !== '') return new Date(0);
  throw new HttpError(
    400,
    'nothing_chosen',
    'Say what to replay: since, until, a filter, or several of them',
  );
}

/** Conditions on the register are answered once, at the start: what the replay itself writes must not count. */
async function recordsOfRegister(
  ctx: DirectoryContext,
  filter: EventFilter,
  since: Date,
): Promise<string[] | null> {
  let records: string[] | null = null;
  for (const condition of filter.register) {
    const limit = MOST_REGISTER_RECORDS + 1;
    const found = await selectRecordsByRegister(ctx.db.kysely, condition, { since, limit });
    if (found.length === limit) {
      throw new HttpError(
        400,
        'too_many',
        `More than ${MOST_REGISTER_RECORDS} events meet a condition on the register; narrow the time`,
      );
    }
    const known = new Set(found);
    records = records === null ? found : records.filter((record) => known.has(record));
  }
  return records;
}

function present(row: ReplayRunRow): ReplayRun {
  return {
    replay_id: row.id,
    state: row.state,
    // Written by startReplay above.
    request: row.request as ReplayRequest,
    requested_by: row.actor_name,
    looked_at: row.looked_at,
    queued: row.queued,
    superseded: row.superseded,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

// Retention of messages: internals section 6.11. What is past its time leaves the live table in batches; the file of a
// letter goes only after its row is gone for good, so that no letter that may still be printed is without its file.
import { setTimeout } from 'node:timers/promises';
import { bindTask, type Job, type JobOutcome, type TaskRun } from '#platform/jobs';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { possibleLetterKeys } from '../letter-production/letter-files.ts';
import { KEY_TYPES, type KeyType, type NotificationType } from '../services/service.ts';
import { type ArchivePayload, archiveServiceTask, deleteBlobsTask } from '../tasks/definitions.ts';
import { decideRetention } from './retention-decision.ts';
import {
  type ArchivedBatch,
  type ArchivedLetter,
  archiveBatch,
  commitWithoutWaiting,
  DEFAULT_RETENTION_DAYS,
  findBlobDeletions,
  findServicesToArchive,
  forgetBlobDeletions,
  insertBlobDeletions,
  moveMark,
  readMarks,
  type ServiceRetention,
} from './retention-queries.ts';

/** Each batch is one transaction: small, so that its locks and its part of the log are short. */
const BATCH = 500;
/**
 * A full batch is followed by a rest of so many times what it took, up to `MOST_REST_MS`. On a busy server batches take
 * longer, so it is left alone longer: what is being sent keeps its share of it.
 */
const RESTS = 2;
const MOST_REST_MS = 5_000;
/** After that long a service goes to the end of the queue. */
const TURN_MS = 60_000;
const SPREAD_MS = 5 * 60_000;
const PAGE_OF_FILES = 500;
const BEGINNING = new Date(0);

/** Messages made before it are past a retention of so many days: London midnight that many days ago. */
export function cutOffOf(now: Date, days: number): Date {
  return londonMidnight(addDays(londonDay(now), -days));
}

/** Each night: a job for each service with something to archive, spread over five minutes. */
export function archiveOldNotifications(ctx: NotifyContext) {
  return async (): Promise<void> => {
    const now = ctx.clock.now();
    const due = await findServicesToArchive(ctx.db.kysely, cutOffOf(now, DEFAULT_RETENTION_DAYS));
    const groups = groupByCutOff(due);
    await ctx.jobs.enqueue(
      null,
      archiveServiceTask,
      groups.map((payload, place) => ({
        payload,
        key: payload.serviceId,
        startAfter: new Date(now.getTime() + Math.floor((SPREAD_MS * place) / groups.length)),
      })),
    );
    ctx.log.info({ services: groups.length }, 'archiving of old notifications begins');
  };
}

/** Texts and emails with one cut-off share a pass over the rows; letters have an index of their own. */
function groupByCutOff(due: readonly ServiceRetention[]): ArchivePayload[] {
  const groups = new Map<string, ArchivePayload>();
  for (const { service_id: serviceId, notification_type: type, days } of due) {
    const key = type === 'letter' ? `${serviceId} letter` : `${serviceId} ${days}`;
    const group = groups.get(key) ?? { serviceId, types: [], days };
    group.types.push(type);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The run of `notify.delete_notifications_for_service_and_type`: batch after batch until its turn is over. */
export function archiveService(ctx: NotifyContext) {
  // Where the last turn of a job ended, for this process alone: without it a turn begins at the mark and costs no more
  // than a walk over what the index still holds of deleted rows.
  const places = new Map<string, Place>();
  return async (jobs: Job<ArchivePayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    for (const job of jobs) {
      const place = places.get(job.id) ?? new Map();
      const isDone = await archiveFor(ctx, job.payload, place, run.signal);
      if (isDone) places.delete(job.id);
      else places.set(job.id, place);
      outcomes.push({ id: job.id, status: isDone ? 'completed' : 'postponed' });
    }
    return outcomes;
  };
}

/** The youngest row that went, by kind of key. */
type Place = Map<KeyType, Date>;

async function archiveFor(
  ctx: NotifyContext,
  { serviceId, types, days }: ArchivePayload,
  place: Place,
  signal: AbortSignal,
): Promise<boolean> {
  const started = performance.now();
  const before = cutOffOf(ctx.clock.now(), days);
  const marks = await readMarks(ctx.db.kysely, serviceId);
  const from = new Date(Math.min(...types.map((type) => (marks.get(type) ?? BEGINNING).getTime())));
  let deleted = 0;
  for (const keyType of KEY_TYPES) {
    for (let count = BATCH; count > 0; deleted += count) {
      if (signal.aborted || performance.now() - started > TURN_MS) return false;
      const began = performance.now();
      // Goes on from where the last batch ended: the index still holds what was deleted before.
      const oldest = place.get(keyType) ?? from;
      const batch = await archiveOnce(ctx, { serviceId, keyType, types, from: oldest, before });
      count = batch.count;
      if (batch.last_created_at) place.set(keyType, batch.last_created_at);
      if (count === BATCH) await rest(performance.now() - began, signal);
    }
  }
  for (const type of types) {
    if (type !== 'letter') await moveMark(ctx.db.kysely, { serviceId, type, from, to: before });
  }
  if (deleted > 0) {
    ctx.log.info(
      { serviceId, types, deletedRecordCount: deleted, durationMs: Math.round(performance.now() - started) },
      'delete-notifications-for-service-and-type',
    );
  }
  return true;
}

async function rest(tookMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(Math.min(RESTS * tookMs, MOST_REST_MS), undefined, { signal }).catch((error: unknown) => {
    // A worker that stops does not wait for its rest to end.
    if (!signal.aborted) throw error;
  });
}

interface Slice {
  serviceId: string;
  keyType: KeyType;
  types: readonly NotificationType[];
  from: Date;
  before: Date;
}

/** Rows, what must become of their files and the job that does it: all in one transaction. Returns what went. */
async function archiveOnce(ctx: NotifyContext, slice: Slice): Promise<ArchivedBatch> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    // A batch that a crash undoes is archived again, so none waits for the disk; but no file may go before its row has.
    if (!slice.types.includes('letter')) await commitWithoutWaiting(trx);
    const batch = await archiveBatch(trx, { ...slice, limit: BATCH });
    const keys = batch.letters.flatMap((letter) => filesOf(letter, slice.keyType));
    await insertBlobDeletions(trx, keys, ctx.clock.now());
    if (keys.length > 0) await ctx.jobs.enqueue(trx, deleteBlobsTask, [{ payload: {} }]);
    return batch;
  });
}

function filesOf(letter: ArchivedLetter, keyType: KeyType): string[] {
  const { file } = decideRetention({ type: 'letter', keyType, status: letter.notification_status });
  if (file === null) return [];
  const { id, reference } = letter;
  return possibleLetterKeys({ id, reference, createdAt: new Date(letter.created_at) }, file);
}

/**
 * Removes the files whose rows are gone. One that the store does not give up is logged and tried again each night; what
 * ran twice finds nothing left to do.
 */
export function deleteBlobs(ctx: Pick<NotifyContext, 'db' | 'blobs' | 'log'>) {
  return async (_jobs: unknown, run: TaskRun): Promise<void> => {
    for (let after = ''; !run.signal.aborted; ) {
      const keys = await findBlobDeletions(ctx.db.kysely, after, PAGE_OF_FILES);
      const gone: string[] = [];
      for (const key of keys) {
        try {
          await ctx.blobs.delete(key);
          gone.push(key);
        } catch (error) {
          ctx.log.error({ err: error, key }, 'Error deleting S3 object for letter notification');
        }
      }
      await forgetBlobDeletions(ctx.db.kysely, gone);
      const last = keys.at(-1);
      if (last === undefined || keys.length < PAGE_OF_FILES) return;
      after = last;
    }
  };
}

export function retentionTasks(ctx: NotifyContext) {
  return [
    bindTask(archiveServiceTask, { run: archiveService(ctx) }),
    bindTask(deleteBlobsTask, { run: deleteBlobs(ctx) }),
  ];
}

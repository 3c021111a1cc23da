// Retention of messages: internals section 6.11. What is past its time leaves the live table in batches; the file of a
// letter goes only after its row is gone for good, so that no letter that may still be printed is without its file.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { possibleLetterKeys } from '../letter-production/letter-files.ts';
import { KEY_TYPES, type KeyType, type NotificationType } from '../services/service.ts';
import { type ArchivePayload, archiveServiceTask, deleteBlobsTask, walkTask } from '../tasks/definitions.ts';
import { measureLag, rest, restAfter } from './pace.ts';
import { decideRetention } from './retention-decision.ts';
import {
  type ArchivedBatch,
  type ArchivedLetter,
  archiveBatch,
  commitWithoutWaiting,
  DEFAULT_RETENTION_DAYS,
  findBlobDeletions,
  findServicesToArchive,
  findServicesWithLetters,
  forgetBlobDeletions,
  insertBlobDeletions,
  listServiceIds,
  moveMark,
  readMarks,
  type ServiceRetention,
} from './retention-queries.ts';
import { listWalks } from './walk-queries.ts';

/** Each batch is one transaction: small, so that its locks and its part of the log are short. */
const BATCH = 2_000;
/** Letters go with their files, each of which is named in the transaction. */
const BATCH_OF_LETTERS = 500;
/** After that long a service goes to the end of the queue. */
const TURN_MS = 60_000;
const SPREAD_MS = 5 * 60_000;
const PAGE_OF_FILES = 500;
const PAGE_OF_SERVICES = 50;
const BEGINNING = new Date(0);
const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** Messages made before it are past a retention of so many days: London midnight that many days ago. */
export function cutOffOf(now: Date, days: number): Date {
  return londonMidnight(addDays(londonDay(now), -days));
}

/** Each night: a walk for each number of days that messages are kept, then a job for each service that has more. */
export function archiveOldNotifications(ctx: Pick<NotifyContext, 'db' | 'jobs' | 'log'>) {
  return async (): Promise<void> => {
    const days = await listWalks(ctx.db.kysely);
    await ctx.jobs.enqueue(null, walkTask, [{ payload: { days }, key: 'walk' }]);
    ctx.log.info({ days }, 'archiving of old notifications begins');
  };
}

/** Services and channels with something past its retention: channels of a service come together. */
export async function* servicesToArchive(
  { db }: Pick<NotifyContext, 'db'>,
  now: Date,
): AsyncGenerator<ServiceRetention[]> {
  const cutOff = cutOffOf(now, DEFAULT_RETENTION_DAYS);
  const withLetters = await findServicesWithLetters(db.kysely, cutOff);
  // By page, so that no statement lasts while there is much to pass over that the night has just deleted.
  for (let after = NIL_ID; ; ) {
    const ids = await listServiceIds(db.kysely, after, PAGE_OF_SERVICES);
    const last = ids.at(-1);
    if (last === undefined) return;
    const due = await findServicesToArchive(db.kysely, ids, cutOff);
    const found = due.filter(
      (one) => one.notification_type !== 'letter' || one.is_custom || withLetters.has(one.service_id),
    );
    if (found.length > 0) yield found;
    after = last;
  }
}

/** What walks leave: letters, rows that were locked or whose id is not of their time, and what is kept for less than it was. */
export async function archiveTheRest(ctx: NotifyContext): Promise<number> {
  const now = ctx.clock.now();
  const groups: ArchivePayload[] = [];
  for await (const due of servicesToArchive(ctx, now)) groups.push(...groupByCutOff(due));
  await ctx.jobs.enqueue(
    null,
    archiveServiceTask,
    groups.map((payload, place) => ({
      payload,
      key: payload.serviceId,
      startAfter: new Date(now.getTime() + Math.floor((SPREAD_MS * place) / groups.length)),
    })),
  );
  return groups.length;
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
  const limit = types.includes('letter') ? BATCH_OF_LETTERS : BATCH;
  let deleted = 0;
  for (const keyType of KEY_TYPES) {
    for (let count = limit; count > 0; deleted += count) {
      if (signal.aborted || performance.now() - started > TURN_MS) return false;
      const began = performance.now();
      // Goes on from where the last batch ended: the index still holds what was deleted before.
      const oldest = place.get(keyType) ?? from;
      const batch = await archiveOnce(ctx, { serviceId, keyType, types, from: oldest, before, limit });
      count = batch.count;
      if (batch.last_created_at) place.set(keyType, batch.last_created_at);
      const tookMs = performance.now() - began;
      if (count === limit) await rest(restAfter({ tookMs, lagMs: await measureLag(ctx) }), signal);
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

interface Slice {
  serviceId: string;
  keyType: KeyType;
  types: readonly NotificationType[];
  from: Date;
  before: Date;
  limit: number;
}

/** Rows, what must become of their files and the job that does it: all in one transaction. Returns what went. */
async function archiveOnce(ctx: NotifyContext, slice: Slice): Promise<ArchivedBatch> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    // A batch that a crash undoes is archived again, so none waits for the disk; but no file may go before its row has.
    if (!slice.types.includes('letter')) await commitWithoutWaiting(trx);
    const batch = await archiveBatch(trx, slice);
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

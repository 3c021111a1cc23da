import type { TaskRun } from '#platform/jobs';
import { uploadKey } from '../bulk-sends/bulk-files.ts';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { reportKey } from '../message-reports/report-file.ts';
import type { NotificationType } from '../services/service.ts';
import { deleteBlobsTask } from '../tasks/definitions.ts';
import { cutOffOf } from './archive-notifications.ts';
import {
  archiveBulkFiles,
  archiveBulkFilesBetween,
  archiveReceivedTexts,
  archiveUnsubscribes,
  deleteAdminEvents,
  deleteInvitations,
  deleteVerifyCodes,
  expireReports,
  listRetentions,
} from './other-retention-queries.ts';
import { DEFAULT_RETENTION_DAYS, insertBlobDeletions } from './retention-queries.ts';

const BATCH = 10_000;
const FILES = 1_000;
const DAY_MS = 86_400_000;

type Run = Pick<TaskRun, 'signal'>;

/** Received texts are kept as long as the service keeps text messages. */
export function deleteReceivedTexts(ctx: NotifyContext) {
  return async (run: Run): Promise<void> => {
    const now = ctx.clock.now();
    const custom = (await listRetentions(ctx.db.kysely)).filter((one) => one.notification_type === 'sms');
    const slices = [
      ...custom.map((one) => ({ before: cutOffOf(now, one.days), serviceId: one.service_id })),
      { before: cutOffOf(now, DEFAULT_RETENTION_DAYS), except: custom.map((one) => one.service_id) },
    ];
    let deleted = 0;
    for (const slice of slices) {
      for (let count = BATCH; count === BATCH && !run.signal.aborted; deleted += count) {
        count = await archiveReceivedTexts(ctx.db.kysely, { ...slice, limit: BATCH });
      }
    }
    if (deleted > 0) ctx.log.info({ deletedRecordCount: deleted }, 'received texts past retention');
  };
}

/** Files of bulk sends go with the messages of their channel; the bulk send itself stays. */
export function removeBulkFiles(ctx: NotifyContext, types: readonly NotificationType[]) {
  return async (run: Run): Promise<void> => {
    const now = ctx.clock.now();
    const custom = (await listRetentions(ctx.db.kysely)).filter((one) =>
      types.includes(one.notification_type),
    );
    const slices = [
      ...custom.map((one) => ({
        types: [one.notification_type],
        before: cutOffOf(now, one.days),
        serviceId: one.service_id,
      })),
      { types, before: cutOffOf(now, DEFAULT_RETENTION_DAYS), exceptType: custom },
    ];
    for (const slice of slices) {
      for (let count = FILES; count === FILES && !run.signal.aborted; ) {
        count = await removeFiles(ctx, (trx) => archiveBulkFiles(trx, { ...slice, now, limit: FILES }));
      }
    }
  };
}

/** The same for the bulk sends of some London days, both included, for people who ask for it. */
export async function archiveBulkSendsBetween(ctx: NotifyContext, from: string, to: string): Promise<number> {
  const days = { from: londonMidnight(from), to: londonMidnight(addDays(to, 1)), now: ctx.clock.now() };
  return removeFiles(ctx, (trx) => archiveBulkFilesBetween(trx, days));
}

/** Marks in the table first, then the files: a mark and the intention to delete are one transaction. */
async function removeFiles(
  ctx: NotifyContext,
  choose: (trx: Parameters<typeof insertBlobDeletions>[0]) => Promise<{ id: string; service_id: string }[]>,
): Promise<number> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const chosen = await choose(trx);
    const keys = chosen.map(({ id, service_id: serviceId }) => uploadKey(serviceId, id));
    await insertBlobDeletions(trx, keys, ctx.clock.now());
    if (keys.length > 0) await ctx.jobs.enqueue(trx, deleteBlobsTask, [{ payload: {} }]);
    return chosen.length;
  });
}

/** Requests in a batch for seven days, and such as nobody fetched in ninety, keep no address. */
export async function archiveUnsubscribeRequests(ctx: NotifyContext): Promise<void> {
  const today = londonDay(ctx.clock.now());
  const before = {
    batched: londonMidnight(addDays(today, -7)),
    unbatched: londonMidnight(addDays(today, -90)),
  };
  for (let count = BATCH; count === BATCH; ) count = await archiveUnsubscribes(ctx.db.kysely, before);
}

export async function forgetVerifyCodes(ctx: NotifyContext): Promise<void> {
  await deleteVerifyCodes(ctx.db.kysely, new Date(ctx.clock.now().getTime() - DAY_MS));
}

export async function forgetInvitations(ctx: NotifyContext): Promise<void> {
  await deleteInvitations(ctx.db.kysely, new Date(ctx.clock.now().getTime() - 2 * DAY_MS));
}

export async function forgetAdminEvents(ctx: NotifyContext): Promise<void> {
  await deleteAdminEvents(ctx.db.kysely, new Date(ctx.clock.now().getTime() - 52 * 7 * DAY_MS));
}

/** Reports can be fetched for a day. */
export async function forgetReports(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const window = { from: new Date(now.getTime() - 5 * DAY_MS), to: new Date(now.getTime() - DAY_MS), now };
    const reports = await expireReports(trx, window);
    await insertBlobDeletions(
      trx,
      reports.map(({ id }) => reportKey(id)),
      now,
    );
    if (reports.length > 0) await ctx.jobs.enqueue(trx, deleteBlobsTask, [{ payload: {} }]);
  });
}

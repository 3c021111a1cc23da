// History older than a year moves to files, an hour at a time: locked, exported, deleted and counted, then marked, in this
// order (internals section 6.11.6).
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import type { Handle } from '#platform/db';
import type { TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import {
  deleteHour,
  findOldestHour,
  insertArchivedHour,
  lockDeepArchive,
  lockHourPage,
  markDeletedHours,
} from './other-retention-queries.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const PAGE = 50_000;

/** Another run deletes the same hour, or rows came into it: nothing of it is deleted. */
class ArchiveMismatchError extends Error {
  constructor(hour: Date, exported: number, deleted: number) {
    super(
      `Of ${hour.toISOString()} ${exported} rows were exported and ${deleted} deleted; the hour is left as it was`,
    );
    this.name = 'ArchiveMismatchError';
  }
}

export function deepArchive(ctx: NotifyContext) {
  return async (run: Pick<TaskRun, 'signal'>): Promise<void> => {
    const { deepHistoryMinAgeDays, deepHistoryMaxHours, deletesDeepHistory } = ctx.config;
    const before = new Date(ctx.clock.now().getTime() - deepHistoryMinAgeDays * DAY_MS);
    await markDeletedHours(ctx.db.kysely, ctx.clock.now());
    for (let hours = 0; hours < deepHistoryMaxHours && !run.signal.aborted; hours += 1) {
      const isDone = await ctx.db.kysely.transaction().execute(async (trx) => {
        // Two runs at once take turns, so that none finds rows that the other is deleting.
        await lockDeepArchive(trx);
        const hour = await findOldestHour(trx, { before, skipsExported: !deletesDeepHistory });
        if (!hour || hour.getTime() + HOUR_MS > before.getTime()) return true;
        await archiveHour(ctx, trx, hour);
        return false;
      });
      if (isDone) return;
      if (deletesDeepHistory) await markDeletedHours(ctx.db.kysely, ctx.clock.now());
    }
  };
}

async function archiveHour(ctx: NotifyContext, trx: Handle, hour: Date): Promise<void> {
  const window = { from: hour, to: new Date(hour.getTime() + HOUR_MS) };
  const prefix = ctx.config.deepHistoryPrefix;
  const key = `notify/notification-deep-history/${prefix}created_at_date_hour=${hour.toISOString().slice(0, 13)}/${randomUUID()}.jsonl.gz`;
  let rows = 0;
  async function* compressed(): AsyncGenerator<Uint8Array> {
    const gzip = createGzip();
    const feed = async () => {
      for await (const page of hourPages(trx, window)) {
        rows += page.length;
        if (!gzip.write(page.map(({ line }) => `${line}\n`).join(''))) await once(gzip, 'drain');
      }
      gzip.end();
    };
    const feeding = feed().catch((error: Error) => gzip.destroy(error));
    for await (const chunk of gzip) yield chunk;
    await feeding;
  }
  await ctx.blobs.put(key, compressed(), { contentType: 'application/gzip' });
  await insertArchivedHour(trx, { hour, key, rows, now: ctx.clock.now() });
  if (!ctx.config.deletesDeepHistory) return;
  const deleted = await deleteHour(trx, window);
  if (deleted !== rows) throw new ArchiveMismatchError(hour, rows, deleted);
  ctx.log.info({ hour: hour.toISOString(), rows }, 'an hour of history was archived');
}

async function* hourPages(trx: Handle, window: { from: Date; to: Date }) {
  let after: { createdAt: string; id: string } | undefined;
  for (;;) {
    const page = await lockHourPage(trx, { ...window, after, limit: PAGE });
    yield page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = { createdAt: last.created_at, id: last.id };
  }
}

import type { BlobStore } from '#platform/blobs';
import type { NotifyContext } from '../context.ts';

/** Where the file of a report of messages lies. */
export function reportKey(id: string): string {
  return `notify/report-requests/notifications_report/${id}.csv`;
}

/** The admin website fetches reports from a bucket of its own, whose lifecycle removes them after a day. */
export function reportPlace(
  ctx: Pick<NotifyContext, 'blobs' | 'websiteBuckets'>,
  id: string,
): { store: BlobStore; key: string } {
  const { reports } = ctx.websiteBuckets;
  if (reports) return { store: reports, key: `notifications_report/${id}.csv` };
  return { store: ctx.blobs, key: reportKey(id) };
}

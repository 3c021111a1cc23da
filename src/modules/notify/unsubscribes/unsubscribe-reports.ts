// What services do with requests to unsubscribe: internals sections 3.4.18 and 6.14.
import { randomUUID } from 'node:crypto';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import {
  findUnsubscribeReport,
  insertUnsubscribeReport,
  listUnsubscribeLines,
  listUnsubscribeReports,
  setProcessed,
  summariseUnbatched,
  summariseUnsubscribes,
  type UnsubscribeLine,
  type UnsubscribeReportRow,
} from './unsubscribe-report-queries.ts';

type ReportContext = Pick<NotifyContext, 'db' | 'clock'>;

const WEEK_DAYS = 7;
const UNBATCHED_DAYS = 90;

export interface UnsubscribeReport {
  /** Null for the requests that are in no batch yet. */
  batchId: string | null;
  serviceId: string;
  count: number;
  earliest: Date;
  latest: Date;
  createdAt: Date | null;
  processedAt: Date | null;
  /** From then on its addresses are not kept. */
  archivedAt: Date;
}

/** Batches of a service, what is in none of them first. */
export async function listReports(ctx: ReportContext, serviceId: string): Promise<UnsubscribeReport[]> {
  const reports = (await listUnsubscribeReports(ctx.db.kysely, serviceId)).map(toReport);
  const { count, earliest, latest } = await summariseUnbatched(ctx.db.kysely, serviceId);
  if (count === 0 || !earliest || !latest) return reports;
  const unbatched: UnsubscribeReport = {
    batchId: null,
    serviceId,
    count,
    earliest,
    latest,
    createdAt: null,
    processedAt: null,
    archivedAt: midnightAfter(earliest, UNBATCHED_DAYS),
  };
  return [unbatched, ...reports];
}

function toReport(row: UnsubscribeReportRow): UnsubscribeReport {
  return {
    batchId: row.id,
    serviceId: row.service_id,
    count: row.count,
    earliest: row.earliest_timestamp,
    latest: row.latest_timestamp,
    createdAt: row.created_at,
    processedAt: row.processed_by_service_at,
    archivedAt: midnightAfter(row.created_at, WEEK_DAYS),
  };
}

function midnightAfter(time: Date, days: number): Date {
  return londonMidnight(addDays(londonDay(time), days));
}

export function unsubscribeStatistics(
  ctx: ReportContext,
  serviceId: string,
): Promise<{ count: number; latest: Date | null }> {
  const since = londonMidnight(addDays(londonDay(ctx.clock.now()), -WEEK_DAYS));
  return summariseUnsubscribes(ctx.db.kysely, serviceId, since);
}

/** A batch of the requests between two moments, both included; returns its id. */
export async function createReport(
  ctx: ReportContext,
  request: { serviceId: string; earliest: Date; latest: Date },
): Promise<{ id: string; count: number }> {
  const id = randomUUID();
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const count = await insertUnsubscribeReport(trx, { id, now: ctx.clock.now(), ...request });
    return { id, count };
  });
}

/** Returns whether there is such a batch. */
export async function processReport(
  ctx: ReportContext,
  change: { serviceId: string; id: string; isProcessed: boolean },
): Promise<boolean> {
  const processedAt = change.isProcessed ? ctx.clock.now() : null;
  return ctx.db.kysely
    .transaction()
    .execute((trx) => setProcessed(trx, { serviceId: change.serviceId, id: change.id, processedAt }));
}

/** The addresses of a batch with what they answered to; undefined when there is none. */
export async function downloadReport(
  ctx: ReportContext,
  serviceId: string,
  id: string,
): Promise<{ report: UnsubscribeReport; lines: UnsubscribeLine[] } | undefined> {
  const row = await findUnsubscribeReport(ctx.db.kysely, serviceId, id);
  return row && { report: toReport(row), lines: await listUnsubscribeLines(ctx.db.kysely, id) };
}

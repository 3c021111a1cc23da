import type { Handle } from '#platform/db';
import { type Job, OutageError, type TaskRun } from '#platform/jobs';
import type { NhsEntity } from '../change-events/nhs-entity.ts';
import { compareService } from '../comparison/compare-service.ts';
import type { Comparison, Surroundings } from '../comparison/comparison.ts';
import { onlyFields } from '../comparison/only-fields.ts';
import type { ServiceChange } from '../comparison/service-change.ts';
import { planServiceWrite, type ServiceWrite } from '../comparison/service-write.ts';
import type { DirectoryContext } from '../context.ts';
import type { DosService } from '../dos/dos-service.ts';
import { lockServices } from '../dos/service-queries.ts';
import { findRegions } from '../dos/surroundings-queries.ts';
import { writeServices } from '../dos/write-queries.ts';
import type { DirectoryEvent, EventFacts } from '../events.ts';
import { londonDate } from '../opening-times/times.ts';
import { regionsNeeded } from '../reports/report.ts';
import { serviceUpdateReports } from '../reports/service-update-reports.ts';
import { addedEntryText, saveMoment } from '../service-history/service-history.ts';
import type { UpdateRequestPayload } from '../tasks/definitions.ts';
import { withDos } from './dos-outage.ts';
import { selectIntents, type UpdateIntent, upsertIntents } from './intent-queries.ts';
import { comparisonEvents } from './sync-events.ts';

/** One change event for one service. */
export interface UpdateRequest {
  job: Job<UpdateRequestPayload>;
  facts: EventFacts;
  entity: NhsEntity;
  sequenceNumber: string | null;
}

/** What a request came to. Without an error it is committed in the directory database. */
export interface SyncResult {
  request: UpdateRequest;
  error?: unknown;
  service?: DosService;
  hasChanged?: boolean;
  comparison?: Comparison;
  events?: DirectoryEvent[];
}

interface Planned {
  request: UpdateRequest;
  service: DosService;
  comparison: Comparison;
  /** What is or was changed: on a repeated run perhaps by the run before it. */
  changes: ServiceChange[];
  write: ServiceWrite | null;
  events: DirectoryEvent[];
}

/** Time left for the commit itself when the lease is checked for the last time. */
const COMMIT_MARGIN_MS = 1_500;

/**
 * Applies requests for different services in one transaction of the directory database. Returns their results, or the
 * error that made the whole transaction fail; a request whose own value cannot be written fails alone.
 */
export async function applyUpdates(
  ctx: DirectoryContext,
  requests: UpdateRequest[],
  run: TaskRun,
): Promise<{ results: SyncResult[]; error?: undefined } | { results?: undefined; error: unknown }> {
  const intents = await intentsOfFormerRuns(ctx, requests);
  try {
    const results = await withDos(() =>
      ctx.dos.writer.kysely
        .transaction()
        .execute((trx: Handle) => applyInTransaction(ctx, trx, requests, intents, run)),
    );
    return { results };
  } catch (error) {
    if (error instanceof OutageError) throw error;
    return { error };
  }
}

async function applyInTransaction(
  ctx: DirectoryContext,
  trx: Handle,
  requests: UpdateRequest[],
  intents: Map<string, UpdateIntent>,
  run: TaskRun,
): Promise<SyncResult[]> {
  const services = await lockServices(
    trx,
    requests.map(({ job }) => job.payload.serviceId),
  );
  const surroundings: Surroundings = {
    today: londonDate(ctx.clock.now()),
    ...(await ctx.dosFacts.lookUp(requests.map(({ entity }) => entity.normalPostcode))),
  };
  const results: SyncResult[] = [];
  const planned: Planned[] = [];
  for (const request of requests) {
    const service = services.get(request.job.payload.serviceId);
    if (!service) {
      const error = new Error(`Service ID ${request.job.payload.serviceId} not found`);
      results.push({ request, error });
      continue;
    }
    try {
      planned.push(plan(ctx, request, service, { surroundings, intent: intents.get(request.job.id) }));
    } catch (error) {
      results.push({ request, error });
    }
  }
  await addEvents(ctx, planned);
  const writes = planned.flatMap(({ write }) => write ?? []);
  if (writes.length > 0) {
    await upsertIntents(ctx.db.kysely, planned.flatMap(toIntent), ctx.clock.now());
    await writeServices(trx, writes);
    // A run that slept beyond its lease may have been replaced by one that already wrote something newer.
    if (Date.now() + COMMIT_MARGIN_MS > run.leaseEndsAt()) {
      throw new OutageError('the lease of this batch', { cause: new Error('it ended before the commit') });
    }
  }
  for (const { request, service, comparison, changes, events } of planned) {
    results.push({ request, service, comparison, hasChanged: changes.length > 0, events });
  }
  return results;
}

async function intentsOfFormerRuns(
  ctx: DirectoryContext,
  requests: UpdateRequest[],
): Promise<Map<string, UpdateIntent>> {
  const redelivered = requests.filter(({ job }) => job.isRedelivered).map(({ job }) => job.id);
  if (redelivered.length === 0) return new Map();
  const intents = await selectIntents(ctx.db.kysely, redelivered);
  return new Map(intents.map((intent) => [intent.jobId, intent]));
}

function plan(
  ctx: DirectoryContext,
  request: UpdateRequest,
  service: DosService,
  given: { surroundings: Surroundings; intent: UpdateIntent | undefined },
): Planned {
  const { surroundings, intent } = given;
  const comparison = onlyFields(
    compareService(service, request.entity, surroundings),
    request.job.payload.fields,
  );
  const write = planServiceWrite(service, comparison.changes, saveMoment(ctx.clock.now()));
  // A former run may have committed this update and died before it could report it.
  const isCommitted = intent !== undefined && service.history?.includes(intent.historyEntry) === true;
  const changes = isCommitted ? [...intent.changes, ...comparison.changes] : comparison.changes;
  return { request, service, comparison, changes, write, events: [] };
}

/** Reports name the region of their service: one query for all of the batch. */
async function addEvents(ctx: DirectoryContext, planned: Planned[]): Promise<void> {
  const reports = planned.map(({ service, comparison, changes }) => ({
    findings: comparison.reports,
    updates: serviceUpdateReports(service, changes),
  }));
  const needed = regionsNeeded(reports.flatMap(({ findings, updates }) => [...findings, ...updates]));
  const regions = await findRegions(ctx.dos.reader.kysely, needed);
  planned.forEach((item, index) => {
    const { findings = [], updates = [] } = reports[index] ?? {};
    item.events = comparisonEvents(ctx, item, { findings, updates, regions });
  });
}

function toIntent({ request, service, comparison, write }: Planned): UpdateIntent[] {
  if (!write) return [];
  return [
    {
      jobId: request.job.id,
      serviceId: service.id,
      historyEntry: addedEntryText(write.history.text, service.history),
      changes: comparison.changes,
    },
  ];
}

import type { Actor } from '#platform/auth';
import type { Handle } from '#platform/db';
import { HttpError, uuidV7 } from '#platform/http';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { readChangeEvent } from '../change-events/change-event.ts';
import { changeEventId } from '../change-events/change-event-id.ts';
import { lockLatestSequences, upsertChangeEvents } from '../change-events/change-event-queries.ts';
import type { JsonObject } from '../change-events/lossless-json.ts';
import { isOutdated } from '../change-events/sequence-number.ts';
import type { DirectoryContext } from '../context.ts';
import { directoryEvent } from '../events.ts';
import { nanoseconds } from '../replay/replay-event.ts';
import { selectEventToReplay } from '../replay/replay-queries.ts';
import type { DryRunApplicationRow, DryRunItemRow, DryRunRow } from '../tables.ts';
import { type ApplicationPayload, applyDryRunTask, matchServicesTask } from '../tasks/definitions.ts';
import { insertApplication, selectApplication, updateApplication } from './application-queries.ts';
import { assignedSequence } from './comparison-batch.ts';
import { findDryRun } from './dry-run.ts';
import { markApplied, selectDryRunItems } from './dry-run-queries.ts';
import type { SourceEvent } from './event-source.ts';
import { readKeptSource } from './kept-source.ts';

/** Which part of a dry run to apply; what is not given does not narrow it. */
export interface ApplicationChoice {
  ods_codes?: string[] | undefined;
  service_ids?: number[] | undefined;
  /** Keys of the service history, such as `cmsurl`: only these fields are written. */
  fields?: string[] | undefined;
}

const PAGE_SIZE = 200;
/** Of PostgreSQL's integer. */
const MOST_SERVICE_ID = 2_147_483_647;
/** Five years of 365 days, in seconds: spec section 4.1. */
const KEPT_SECONDS = 157_680_000;

/**
 * Applies what a finished dry run found, or a part of it, through the usual pipeline: the events are stored and their
 * services matched and compared once more, so what has changed meanwhile is taken into account, and nothing is written
 * twice. Events that a newer one has overtaken since are left out. Throws an HttpError 400, 404 or 409.
 */
export async function startApplication(
  ctx: DirectoryContext,
  runId: string,
  choice: ApplicationChoice,
  actor: Actor,
): Promise<DryRunApplicationRow> {
  checkChoice(choice);
  const run = await findDryRun(ctx, runId);
  if (run.state !== 'finished') {
    throw new HttpError(
      409,
      'not_finished',
      `The dry run is ${run.state}; only a finished one can be applied`,
    );
  }
  const id = uuidV7();
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insertApplication(trx, {
      id,
      dry_run_id: runId,
      choice,
      actor_name: actor.name,
      created_at: ctx.clock.now(),
    });
    await ctx.jobs.enqueue(trx, applyDryRunTask, [{ payload: { applicationId: id }, key: id }]);
    await ctx.audit(trx, {
      actor,
      action: 'dry_run.applied',
      target: `directory_dry_run:${runId}`,
      details: choice,
    });
  });
  return findApplication(ctx, id);
}

/** Ids and texts that no service can have would fail in the worker again and again. */
function checkChoice({ ods_codes: codes = [], service_ids: ids = [], fields = [] }: ApplicationChoice): void {
  const isStorable = (text: string) => text.isWellFormed() && !text.includes('\u0000');
  const isId = (id: number) => Number.isInteger(id) && id > 0 && id <= MOST_SERVICE_ID;
  if (ids.every(isId) && [...codes, ...fields].every(isStorable)) return;
  throw new HttpError(400, 'invalid_choice', 'The choice names ids, codes or fields that cannot exist');
}

/** Throws an HttpError 404 for an id that no application has. */
export async function findApplication(ctx: DirectoryContext, id: string): Promise<DryRunApplicationRow> {
  const row = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? await selectApplication(ctx.db.kysely, id)
    : undefined;
  if (!row) throw new HttpError(404, 'not_found', `There is no application ${id}`);
  return row;
}

/** The task: one pass over the source, page by page; a run after a crash goes on behind the last page. */
export function applyDryRuns(ctx: DirectoryContext) {
  return async (jobs: Job<ApplicationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    for (const { payload } of jobs) await applyAll(ctx, payload.applicationId, run.signal);
    return jobs.map(({ id }) => ({ id, status: 'completed' as const }));
  };
}

async function applyAll(ctx: DirectoryContext, id: string, signal: AbortSignal): Promise<void> {
  const application = await selectApplication(ctx.db.kysely, id);
  if (!application || application.state === 'finished') return;
  const run = await findDryRun(ctx, application.dry_run_id);
  await using source = await openEvents(ctx, run);
  for (let hasMore = true; hasMore; ) {
    signal.throwIfAborted();
    hasMore = await applyPage(ctx, { id, run, source });
  }
}

/** Returns whether there is more. */
async function applyPage(
  ctx: DirectoryContext,
  { id, run, source }: { id: string; run: DryRunRow; source: EventReader },
): Promise<boolean> {
  const application = await findApplication(ctx, id);
  // Written by startApplication above.
  const choice = application.choice as ApplicationChoice;
  const items = await selectDryRunItems(
    ctx.db.kysely,
    run.id,
    { outcomes: ['changed'], odsCodes: choice.ods_codes, serviceIds: choice.service_ids },
    { after: application.after_place, limit: PAGE_SIZE },
  );
  const chosen = await readChosen(source, items, choice);
  return ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const locked = await selectApplication(trx, id, { lock: true });
    // Another worker was faster.
    if (!locked || locked.state === 'finished' || locked.after_place !== application.after_place)
      return false;
    const { queued, overtaken } = await queueEvents(ctx, trx, { run, chosen, choice });
    const isLast = items.length < PAGE_SIZE;
    await updateApplication(trx, id, {
      afterPlace: items.at(-1)?.place ?? null,
      queued,
      overtaken,
      finishedAt: isLast ? ctx.clock.now() : null,
    });
    return !isLast;
  });
}

/** An event of the dry run, and those of its services that are to be changed. */
interface ChosenEvent {
  odsCode: string;
  sequenceNumber: string | null;
  latestThen: string | null;
  text: string;
  event: JsonObject;
  items: DryRunItemRow[];
}

async function readChosen(
  source: EventReader,
  items: DryRunItemRow[],
  { fields }: ApplicationChoice,
): Promise<ChosenEvent[]> {
  const wanted = items.filter(
    ({ changes }) => fields === undefined || changes?.some(({ field }) => fields.includes(field)),
  );
  const chosen: ChosenEvent[] = [];
  for (const ofEvent of Map.groupBy(wanted, ({ line }) => line).values()) {
    const [first] = ofEvent;
    const found = first && (await source.find(first));
    if (!first || !found) continue;
    chosen.push({
      odsCode: first.ods_code ?? '',
      sequenceNumber: first.sequence_number,
      latestThen: first.latest_sequence_number,
      ...found,
      items: ofEvent,
    });
  }
  return chosen;
}

/**
 * Stores the events and sends them to the matcher, which takes one event of an ODS code after the other: none of them
 * can overtake, or be overtaken by, what comes in at the same time.
 */
async function queueEvents(
  ctx: DirectoryContext,
  trx: Handle,
  { run, chosen, choice }: { run: DryRunRow; chosen: ChosenEvent[]; choice: ApplicationChoice },
): Promise<{ queued: number; overtaken: number }> {
  const latest = await lockLatestSequences(
    trx,
    chosen.map(({ odsCode }) => odsCode),
  );
  const current = chosen.filter((event) => !isOvertaken(event, latest.get(event.odsCode) ?? null));
  const now = ctx.clock.now();
  const queued = current.map((event, index) => {
    const sequenceNumber = event.sequenceNumber ?? assignedSequence(latest.get(event.odsCode) ?? null);
    const recordId = changeEventId(event.event, sequenceNumber);
    const correlationId = `${nanoseconds(index)}-${ctx.config.environment}-dry-run-applied`;
    return { ...event, sequenceNumber, recordId, correlationId };
  });
  if (queued.length > 0) {
    await upsertChangeEvents(
      trx,
      queued.map(({ recordId, odsCode, sequenceNumber, text }) => ({
        id: recordId,
        odsCode,
        sequenceNumber,
        receivedMs: now.getTime(),
        ttl: Math.floor(now.getTime() / 1_000) + KEPT_SECONDS,
        event: text,
      })),
    );
    await ctx.jobs.enqueue(
      trx,
      matchServicesTask,
      queued.map(({ recordId, odsCode, correlationId, items }) => ({
        payload: {
          recordId,
          odsCode,
          receivedMs: now.getTime(),
          services: items.flatMap(({ service_id: id }) => id ?? []),
          ...(choice.fields === undefined ? {} : { fields: choice.fields }),
        },
        key: odsCode,
        correlationId,
      })),
    );
    await ctx.events.append(
      trx,
      queued.map(({ recordId, odsCode, sequenceNumber, correlationId }) =>
        directoryEvent(
          'dry_run.applied',
          { correlationId, odsCode },
          'Change event of a dry run applied',
          { level: 'INFO', dry_run_id: run.id, sequence_number: sequenceNumber, dynamo_record_id: recordId },
          [recordId, run.id],
        ),
      ),
    );
    await markApplied(
      trx,
      run.id,
      queued.flatMap(({ items, correlationId }) => items.map(({ place }) => ({ place, as: correlationId }))),
    );
  }
  const countServices = (events: ChosenEvent[]) => events.reduce((sum, { items }) => sum + items.length, 0);
  return { queued: countServices(current), overtaken: countServices(chosen) - countServices(current) };
}

/** Without a number of its own an event is overtaken by any that came in since the dry run. */
function isOvertaken({ sequenceNumber, latestThen }: ChosenEvent, latest: string | null): boolean {
  return sequenceNumber === null ? latest !== latestThen : isOutdated(sequenceNumber, latest);
}

/** Finds the events of items that come in the order of the source. */
interface EventReader {
  find(item: DryRunItemRow): Promise<{ text: string; event: JsonObject } | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function openEvents(ctx: DirectoryContext, run: DryRunRow): Promise<EventReader> {
  if (run.blob_key === null) {
    return {
      find: async ({ ods_code: odsCode, sequence_number: sequenceNumber }) => {
        const key = { odsCode: odsCode ?? '', sequenceNumber: sequenceNumber ?? '0' };
        const stored = await selectEventToReplay(ctx.db.kysely, key);
        return stored ? (readChangeEvent(stored.event) ?? undefined) : undefined;
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const { events } = await readKeptSource(ctx, run.blob_key);
  let current: SourceEvent | undefined;
  return {
    find: async ({ line }) => {
      // The services of one event may be on two pages, so the last event read may be asked for again.
      while (current === undefined || current.line < line) {
        const next = await events.next();
        if (next.done) return undefined;
        current = next.value;
      }
      return 'event' in current.content ? current.content : undefined;
    },
    [Symbol.asyncDispose]: async () => {
      await events.return(undefined);
    },
  };
}

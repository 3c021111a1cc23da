import type { Handle } from '#platform/db';
import type { EventInput } from '#platform/events';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { type ChangeEvent, findProblem, readChangeEvent } from '../change-events/change-event.ts';
import { changeEventId } from '../change-events/change-event-id.ts';
import { lockLatestSequences, upsertChangeEvents } from '../change-events/change-event-queries.ts';
import { isOutdated } from '../change-events/sequence-number.ts';
import type { DirectoryContext } from '../context.ts';
import { countReported, directoryEvent } from '../events.ts';
import {
  markEventsProcessed,
  type ReceivedEvent,
  selectNewestAcceptedAt,
  selectUnprocessedEvents,
} from '../intake/received-event-queries.ts';
import { createEarlyMatcher, type EventMatch, type StoredEvent } from '../matching/match-events.ts';
import {
  ingestChangeEventTask,
  matchServicesTask,
  type ReceivedEventPayload,
  type StoredEventPayload,
  syncServiceTask,
} from './definitions.ts';

/** Five years of 365 days, in seconds: spec section 4.1. */
const KEPT_SECONDS = 157_680_000;

interface IngestedEvent {
  received: ReceivedEvent;
  job: Job<ReceivedEventPayload>;
  changeEvent: ChangeEvent;
  recordId: string;
}

/**
 * Ingest: spec section 6.2. Validates, stores, and passes on what is not older than the newest stored event of its ODS
 * code. Storing, passing on, reporting and settling the jobs are one transaction for the whole batch.
 *
 * Passing on means matching in the same transaction, which spares every event a job and a second look at its record.
 * An event goes through the matcher's queue when DoS is away, when its record cannot be matched, or when another event
 * of its ODS code waits there: none may overtake.
 */
export function ingestChangeEvents(ctx: DirectoryContext) {
  const matchEarly = createEarlyMatcher(ctx);
  return async (jobs: Job<ReceivedEventPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    if (jobs.length >= ingestChangeEventTask.batchSize) await observeBurst(ctx, jobs);
    await ctx.brake.giveWay(run.signal);
    const received = await selectUnprocessedEvents(
      ctx.db.kysely,
      jobs.map((job) => job.payload.receivedEventId),
    );
    const byId = new Map(received.map((event) => [event.id, event]));
    const outcomes: JobOutcome[] = [];
    const events: EventInput[] = [];
    const accepted: IngestedEvent[] = [];
    const settled: string[] = [];

    for (const job of jobs) {
      const event = byId.get(job.payload.receivedEventId);
      const changeEvent = event && readChangeEvent(event.body);
      if (!event) {
        settled.push(job.id);
      } else if (!changeEvent) {
        outcomes.push({
          id: job.id,
          status: 'failed',
          error: new Error('Change Event unable to be extracted'),
        });
      } else {
        const problem = findProblem(changeEvent.event);
        if (problem) {
          ctx.metrics.ingested.inc({ outcome: 'invalid' });
          events.push(rejectedEvent(event, changeEvent, problem.reason));
          settled.push(job.id);
        } else {
          const recordId = changeEventId(changeEvent.event, event.sequence_number);
          accepted.push({ received: event, job, changeEvent, recordId });
        }
      }
    }
    const dealtWith = [...settled, ...accepted.map(({ job }) => job.id)];
    const failed = failedEventIds(outcomes, jobs);
    const matches = (await matchEarly(accepted.map(toStoredEvent))) ?? [];
    const byRecord = new Map(matches.map((match) => [recordKey(match.stored.payload), match]));

    await ctx.db.kysely.transaction().execute(async (trx) => {
      const latest = await lockLatestSequences(
        trx,
        accepted.map(({ received: { ods_code: odsCode } }) => odsCode),
      );
      const now = ctx.clock.now();
      await upsertChangeEvents(
        trx,
        accepted.map((event) => toStored(event, now)),
      );
      const passedOn = accepted.filter((event) => {
        const { ods_code: odsCode, sequence_number: sequenceNumber } = event.received;
        const newest = latest.get(odsCode) ?? null;
        const isStale = isOutdated(sequenceNumber, newest);
        events.push(receivedEvent(event, ctx.config.environment));
        if (isStale) events.push(staleEvent(event, newest));
        ctx.metrics.ingested.inc({ outcome: isStale ? 'stale' : 'passed_on' });
        return !isStale;
      });
      await passOn(ctx, trx, passedOn, byRecord, events);
      const processed = received.map((event) => event.id).filter((id) => !failed.has(id));
      await markEventsProcessed(trx, processed, now);
      await ctx.events.append(trx, events);
      await run.complete(trx, dealtWith);
    });
    countReported(ctx.metrics, events);
    return [...outcomes, ...dealtWith.map((id) => ({ id, status: 'completed' as const }))];
  };
}

async function observeBurst(ctx: DirectoryContext, jobs: Job<ReceivedEventPayload>[]): Promise<void> {
  const oldestAt = new Date(Math.min(...jobs.map((job) => job.enqueuedAt.getTime())));
  const newestAcceptedAt = await selectNewestAcceptedAt(ctx.db.kysely);
  if (newestAcceptedAt) ctx.brake.observe({ oldestAt, newestAcceptedAt });
}

/** Received events whose job will be tried again. */
function failedEventIds(outcomes: JobOutcome[], jobs: Job<ReceivedEventPayload>[]): Set<string> {
  const failedJobs = new Set(outcomes.map((outcome) => outcome.id));
  return new Set(jobs.filter((job) => failedJobs.has(job.id)).map((job) => job.payload.receivedEventId));
}

/** Sends the update requests of what is matched already, and the rest to the matcher's queue. */
async function passOn(
  ctx: DirectoryContext,
  trx: Handle,
  passedOn: IngestedEvent[],
  matches: ReadonlyMap<string, EventMatch>,
  events: EventInput[],
): Promise<void> {
  const codes = passedOn.map(({ received }) => received.ods_code);
  const waiting = await ctx.jobs.findLiveKeys(trx, matchServicesTask, codes);
  const toMatch: IngestedEvent[] = [];
  const updateRequests: EventMatch['updateRequests'] = [];
  for (const event of passedOn) {
    const match = matches.get(recordKey(toPayload(event)));
    if (match === undefined || match.error !== undefined || waiting.has(event.received.ods_code)) {
      toMatch.push(event);
    } else {
      updateRequests.push(...match.updateRequests);
      events.push(...match.events);
    }
  }
  await ctx.jobs.enqueue(trx, matchServicesTask, toMatch.map(toMatchJob));
  await ctx.jobs.enqueue(trx, syncServiceTask, updateRequests);
}

function recordKey({ recordId, odsCode }: StoredEventPayload): string {
  return `${recordId} ${odsCode}`;
}

function toPayload({ received, recordId }: IngestedEvent): StoredEventPayload {
  return { recordId, odsCode: received.ods_code, receivedMs: received.received_at.getTime() };
}

function toStoredEvent(event: IngestedEvent): StoredEvent {
  return {
    payload: toPayload(event),
    correlationId: event.received.correlation_id,
    sequenceNumber: event.received.sequence_number,
    record: event.changeEvent.event,
  };
}

function toStored({ received, changeEvent, recordId }: IngestedEvent, now: Date) {
  return {
    id: recordId,
    odsCode: received.ods_code,
    sequenceNumber: received.sequence_number,
    receivedMs: received.received_at.getTime(),
    ttl: Math.floor(now.getTime() / 1_000) + KEPT_SECONDS,
    event: changeEvent.text,
  };
}

function toMatchJob(event: IngestedEvent) {
  return {
    payload: toPayload(event),
    key: event.received.ods_code,
    correlationId: event.received.correlation_id,
  };
}

function rejectedEvent(received: ReceivedEvent, changeEvent: ChangeEvent, reason: string): EventInput {
  return directoryEvent(
    'change_event.rejected',
    { correlationId: received.correlation_id, odsCode: received.ods_code },
    `Validation Error - ${reason}`,
    { level: 'ERROR', sequence_number: received.sequence_number, event: changeEvent.event },
  );
}

function receivedEvent({ received, recordId }: IngestedEvent, environment: string): EventInput {
  return directoryEvent(
    'change_event.received',
    { correlationId: received.correlation_id, odsCode: received.ods_code },
    'Change Event received',
    {
      level: 'WARNING',
      sequence_number: received.sequence_number,
      message_received: received.received_at.toISOString().replace('T', ' ').replace('Z', ''),
      dynamo_record_id: recordId,
      staff_redacted: received.had_staff,
      environment,
      cloudwatch_metric_filter_matching_attribute: 'ChangeEventReceived',
    },
    [recordId],
  );
}

function staleEvent({ received }: IngestedEvent, latest: string | null): EventInput {
  return directoryEvent(
    'change_event.ignored',
    { correlationId: received.correlation_id, odsCode: received.ods_code },
    'Sequence id is smaller than the existing one in db for a given odscode, so will be ignored',
    {
      level: 'ERROR',
      incoming_sequence_number: received.sequence_number,
      db_latest_sequence_number: latest ?? '0',
    },
  );
}

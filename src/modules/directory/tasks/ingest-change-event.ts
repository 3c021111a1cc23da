import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { type ChangeEvent, findProblem, readChangeEvent } from '../change-events/change-event.ts';
import { changeEventId } from '../change-events/change-event-id.ts';
import { lockLatestSequences, upsertChangeEvents } from '../change-events/change-event-queries.ts';
import { isOutdated } from '../change-events/sequence-number.ts';
import type { DirectoryContext } from '../context.ts';
import type { DirectoryEvent, EventFacts } from '../events.ts';
import {
  markEventsProcessed,
  type ReceivedEvent,
  selectUnprocessedEvents,
} from '../intake/received-event-queries.ts';
import { ingestChangeEventTask, matchServicesTask, type ReceivedEventPayload } from './definitions.ts';
import { arrivalEvents, rejectedEvents, staleEvent, storedEvents } from './ingest-events.ts';
import { factsOfJob, traceOf } from './job-facts.ts';

/** Five years of 365 days, in seconds: spec section 4.1. */
const KEPT_SECONDS = 157_680_000;

interface IngestedEvent {
  received: ReceivedEvent;
  job: Job<ReceivedEventPayload>;
  facts: EventFacts;
  changeEvent: ChangeEvent;
  recordId: string;
}

/**
 * Ingest: spec section 6.2. Validates, stores, and passes on what is not older than the newest stored event of its ODS
 * code. Storing, passing on, reporting and settling the jobs are one transaction for the whole batch.
 */
export function ingestChangeEvents(ctx: DirectoryContext) {
  return async (jobs: Job<ReceivedEventPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const oldestAt = new Date(Math.min(...jobs.map((job) => job.enqueuedAt.getTime())));
    ctx.brake.observe({ isFull: jobs.length >= ingestChangeEventTask.batchSize, oldestAt });
    await ctx.brake.giveWay(run.signal);
    const received = await selectUnprocessedEvents(
      ctx.db.kysely,
      jobs.map((job) => job.payload.receivedEventId),
    );
    const byId = new Map(received.map((event) => [event.id, event]));
    const outcomes: JobOutcome[] = [];
    const events: DirectoryEvent[] = [];
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
        const facts = factsOfJob(job, event.ods_code);
        events.push(...arrivalEvents(facts, event, changeEvent));
        const problem = findProblem(changeEvent.event);
        if (problem) {
          ctx.metrics.ingested.inc({ outcome: 'invalid' });
          events.push(...rejectedEvents(facts, event, changeEvent, problem));
          settled.push(job.id);
        } else {
          const recordId = changeEventId(changeEvent.event, event.sequence_number);
          accepted.push({ received: event, job, facts, changeEvent, recordId });
        }
      }
    }
    const dealtWith = [...settled, ...accepted.map(({ job }) => job.id)];
    const failed = failedEventIds(outcomes, jobs);

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
        const { facts, received, recordId } = event;
        const { environment } = ctx.config;
        events.push(...storedEvents(facts, received, { recordId, ttl: ttlFrom(now), environment }));
        if (isStale) events.push(staleEvent(facts, received, { recordId, latest: newest }));
        ctx.metrics.ingested.inc({ outcome: isStale ? 'stale' : 'passed_on' });
        return !isStale;
      });
      await ctx.jobs.enqueue(trx, matchServicesTask, passedOn.map(toMatchJob));
      const processed = received.map((event) => event.id).filter((id) => !failed.has(id));
      await markEventsProcessed(trx, processed, now);
      await ctx.events.append(trx, events);
      await run.complete(trx, dealtWith);
    });
    ctx.contractLog.print('ingest-change-event', events);
    return [...outcomes, ...dealtWith.map((id) => ({ id, status: 'completed' as const }))];
  };
}

/** Received events whose job will be tried again. */
function failedEventIds(outcomes: JobOutcome[], jobs: Job<ReceivedEventPayload>[]): Set<string> {
  const failedJobs = new Set(outcomes.map((outcome) => outcome.id));
  return new Set(jobs.filter((job) => failedJobs.has(job.id)).map((job) => job.payload.receivedEventId));
}

function toStored({ received, changeEvent, recordId }: IngestedEvent, now: Date) {
  return {
    id: recordId,
    odsCode: received.ods_code,
    sequenceNumber: received.sequence_number,
    receivedMs: received.received_at.getTime(),
    ttl: ttlFrom(now),
    event: changeEvent.text,
  };
}

function ttlFrom(now: Date): number {
  return Math.floor(now.getTime() / 1_000) + KEPT_SECONDS;
}

function toMatchJob({ received, job, recordId }: IngestedEvent) {
  return {
    payload: { recordId, odsCode: received.ods_code, receivedMs: received.received_at.getTime() },
    key: received.ods_code,
    correlationId: received.correlation_id,
    ...traceOf(job),
  };
}

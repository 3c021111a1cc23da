import type { Handle } from '#platform/db';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { invocationsOf } from '../alarms/alarm-rules.ts';
import { type ChangeEvent, findProblem, readChangeEvent } from '../change-events/change-event.ts';
import { changeEventId } from '../change-events/change-event-id.ts';
import { lockLatestSequences, upsertChangeEvents } from '../change-events/change-event-queries.ts';
import { isOutdated } from '../change-events/sequence-number.ts';
import type { DirectoryContext } from '../context.ts';
import { countReports, type DirectoryEvent, type EventFacts } from '../events.ts';
import {
  markEventsProcessed,
  type ReceivedEvent,
  selectNewestAcceptedAt,
  selectUnprocessedEvents,
} from '../intake/received-event-queries.ts';
import { createEarlyMatcher, type EventMatch, type StoredEvent } from '../matching/match-events.ts';
import { openWindows, settlesAt } from '../settling/settle-window.ts';
import {
  ingestChangeEventTask,
  matchServicesTask,
  type ReceivedEventPayload,
  type StoredEventPayload,
  syncServiceTask,
} from './definitions.ts';
import { arrivalEvents, rejectedEvents, staleEvent, storedEvents, timeToLive } from './ingest-events.ts';
import { factsOfJob, traceOf } from './job-facts.ts';

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
 *
 * Passing on means matching in the same transaction, which spares every event a job and a second look at its record.
 * An event goes through the matcher's queue when DoS is away, when its record cannot be matched, when another event of
 * its ODS code waits there, which none may overtake, and when events settle first.
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
    const settlesFirst = ctx.config.settleSeconds > 0;
    const matches = (settlesFirst ? undefined : await matchEarly(accepted.map(toStoredEvent))) ?? [];
    ctx.signals.count('release', invocationsOf('service-matcher'), matches.length);
    const byRecord = new Map(matches.map((match) => [recordKey(match.stored.payload), match]));
    const matched: DirectoryEvent[] = [];

    await ctx.db.kysely.transaction().execute(async (trx) => {
      await ctx.releases.holdLink(trx);
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
        events.push(...storedEvents(facts, received, { recordId, ttl: timeToLive(now), environment }));
        if (isStale) events.push(staleEvent(facts, received, { recordId, latest: newest }));
        ctx.metrics.ingested.inc({ outcome: isStale ? 'stale' : 'passed_on' });
        return !isStale;
      });
      matched.push(...(await passOn(ctx, trx, passedOn, byRecord)));
      const processed = received.map((event) => event.id).filter((id) => !failed.has(id));
      const storedIds = accepted.map((event) => event.received.id);
      await markEventsProcessed(trx, { ids: processed, storedIds, now });
      await ctx.events.append(trx, [...events, ...matched]);
      await run.complete(trx, dealtWith);
    });
    ctx.contractLog.print('ingest-change-event', events);
    ctx.contractLog.print('service-matcher', matched);
    countReports(ctx.metrics, matched);
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

/** Sends the update requests of what is matched already, and the rest to the matcher's queue. Returns the matcher's events. */
async function passOn(
  ctx: DirectoryContext,
  trx: Handle,
  passedOn: IngestedEvent[],
  matches: ReadonlyMap<string, EventMatch>,
): Promise<DirectoryEvent[]> {
  const codes = passedOn.map(({ received }) => received.ods_code);
  const waiting = await ctx.jobs.findLiveKeys(trx, matchServicesTask, codes);
  const toMatch: IngestedEvent[] = [];
  const done: EventMatch[] = [];
  for (const event of passedOn) {
    const match = matches.get(recordKey(toPayload(event)));
    const isDone = match !== undefined && match.error === undefined && !waiting.has(event.received.ods_code);
    if (isDone) done.push(match);
    else toMatch.push(event);
  }
  await ctx.jobs.enqueue(
    trx,
    matchServicesTask,
    toMatch.map((event) => toMatchJob(event, settlesAt(ctx, event.job))),
  );
  await openWindows(ctx, trx, toMatch.map(toSettling));
  const updateRequests = done.flatMap((match) => match.updateRequests);
  await ctx.jobs.enqueue(trx, syncServiceTask, updateRequests);
  return done.flatMap((match) => match.events);
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
    // The matcher is another worker of the contract, whose lines name a run of their own.
    facts: factsOfJob(event.job, event.received.ods_code),
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
    ttl: timeToLive(now),
    event: changeEvent.text,
  };
}

function toSettling({ received }: IngestedEvent) {
  return { odsCode: received.ods_code, sequenceNumber: received.sequence_number };
}

function toMatchJob(event: IngestedEvent, startAfter: Date | undefined) {
  return {
    payload: toPayload(event),
    key: event.received.ods_code,
    correlationId: event.received.correlation_id,
    ...traceOf(event.job),
    ...(startAfter && { startAfter }),
  };
}

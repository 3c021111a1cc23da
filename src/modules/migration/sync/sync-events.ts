// The consumer of an event queue: spec sections 5.3 to 5.5, for any domain.
import type { Handle } from '#platform/db';
import type { EventInput } from '#platform/events';
import type { Job, JobFailure, JobOutcome, TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { readCutover } from '../cutover/cutover.ts';
import type { CutoverState } from '../cutover/cutover-queries.ts';
import type { Domain, SyncEvent, SyncMessage } from '../engine/domain.ts';
import { migrationEvent } from '../events.ts';
import { NotNowError } from '../ledger/create-once.ts';
import { settleMapped } from '../ledger/ledger-queries.ts';
import { fromMappingJson, shapeOf } from '../mappings/mapping-json.ts';
import { backoffOfEvent, retryPolicyOf } from '../queues/retry-policy.ts';
import { selectPurge } from '../runs/run-queries.ts';
import { outcomeOfFailure } from '../runs/settle-batch.ts';
import { type EventPayload, syncTask } from '../tasks/definitions.ts';
import { GATHERED, gatheredBody, parseEnvelope, UnreadableMessageError } from './envelope.ts';
import { deleteGathered, insertGathered } from './gathered-queries.ts';
import { syncTools } from './sync-tools.ts';
import { duplicateEvent, forgetSent, removeRecord, type SyncRequest, upsertRecord } from './synchroniser.ts';

type EventJob = Job<EventPayload>;

/** What the end of one event writes together with the end of its job. */
interface Effect {
  events: EventInput[];
  commit?(trx: Handle): Promise<void>;
}

const NOTHING: Effect = { events: [] };

/** Longer than a queue that is worked on keeps a message waiting; a record that is read twice is no harm. */
const FORGOTTEN_AFTER_SECONDS = 600;

export function syncEvents(ctx: MigrationContext, domain: Domain) {
  return async (jobs: EventJob[], run: TaskRun): Promise<JobOutcome[]> => {
    const [purgedBefore, cutover] = await Promise.all([
      selectPurge(ctx.db.kysely, domain.sync?.queueId ?? domain.type),
      readCutover(ctx, domain.type),
    ]);
    return Promise.all(
      jobs.map(async (job): Promise<JobOutcome> => {
        try {
          const isPurged = purgedBefore !== undefined && job.enqueuedAt < purgedBefore;
          const effect = isPurged ? NOTHING : await handle(ctx, { domain, job, run, cutover });
          await finish(ctx, job, run, effect);
          return { id: job.id, status: 'completed' };
        } catch (error) {
          if (error instanceof UnreadableMessageError) return { id: job.id, status: 'refused', error };
          return withBackoff(ctx, domain, job, outcomeOfFailure(ctx, job, error));
        }
      }),
    );
  };
}

async function finish(ctx: MigrationContext, job: EventJob, run: TaskRun, effect: Effect): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await effect.commit?.(trx);
    await ctx.events.append(trx, effect.events);
    await run.complete(trx, [job.id]);
  });
}

async function handle(
  ctx: MigrationContext,
  { domain, job, run, cutover }: { domain: Domain; job: EventJob; run: TaskRun; cutover: CutoverState },
): Promise<Effect> {
  const parsed = parseEnvelope(job.payload.body);
  if ('internal' in parsed) return retryMapping(ctx, domain, job, parsed.message);
  const { eventType, message } = parsed.envelope;
  const event = domain.sync?.events[eventType];
  const { switchDomain } = domain.sync ?? {};
  const isOn =
    ctx.config[`switch:${eventType}`] !== false &&
    ctx.config[`switch:${switchDomain}.${eventType}`] !== false;
  if (!event || !isOn) {
    ctx.log.info({ eventType, messageId: job.payload.messageId, isOn }, 'event dropped');
    return NOTHING;
  }
  if (cutover === 'NEW') return ignoredByCutover(domain, job, eventType);
  const work = { domain, job, run, event, message };
  // Whatever comes from here on may not be in what is read now, so it is gathered anew.
  if (parsed.isGathered) await deleteGathered(ctx.db.kysely, domain.type, event.keyOf(message));
  else if (event.gatherSeconds !== undefined && !event.isEcho?.(message)) return gather(ctx, work, eventType);
  return act(ctx, work);
}

/** The first event of a record is done later, for all that come until then. */
function gather(
  ctx: MigrationContext,
  {
    domain,
    job,
    event,
    message,
  }: { domain: Domain; job: EventJob; event: SyncEvent<unknown>; message: SyncMessage },
  eventType: string,
): Effect {
  const key = event.keyOf(message);
  return {
    events: [],
    async commit(trx) {
      const seconds = event.gatherSeconds ?? 0;
      const isFirst = await insertGathered(trx, domain.type, key, seconds + FORGOTTEN_AFTER_SECONDS);
      countOutcome(ctx, domain, isFirst ? 'gathered' : 'gathered-before');
      if (!isFirst) return;
      const payload = { messageId: job.payload.messageId, body: gatheredBody({ eventType, message }) };
      const startAfter = new Date(Date.now() + seconds * 1_000);
      await ctx.jobs.enqueue(trx, syncTask(domain, ctx.config), [
        { payload, key, correlationId: job.correlationId, startAfter },
      ]);
    },
  };
}

/** A failure waits as long as is set for the type of its event. */
function withBackoff(ctx: MigrationContext, domain: Domain, job: EventJob, outcome: JobOutcome): JobOutcome {
  if (outcome.status !== 'failed') return outcome;
  const seconds = backoffOfEvent(ctx.config, domain, eventTypeOf(job.payload.body));
  const waited = seconds[Math.min(job.attempt, seconds.length) - 1];
  return waited === undefined ? outcome : { ...outcome, delayMs: waited * 1_000 };
}

async function act(
  ctx: MigrationContext,
  work: { domain: Domain; job: EventJob; run: TaskRun; event: SyncEvent<unknown>; message: SyncMessage },
): Promise<Effect> {
  const { domain, job, run, event, message } = work;
  const key = event.keyOf(message);
  const { correlationId } = job;
  const request: SyncRequest = {
    domain,
    key,
    message,
    owner: job.id,
    correlationId,
    leaseEndsAt: run.leaseEndsAt,
  };
  if (event.isEcho?.(message)) {
    const facts = { key, message, record: undefined, targetId: undefined, isMappingPending: false };
    const telemetry = domain.sync?.telemetry('echo-skipped', facts);
    countOutcome(ctx, domain, 'echo-skipped');
    return {
      events: telemetry ? [migrationEvent(telemetry.name, telemetry.properties, { correlationId })] : [],
      commit: (trx) => forgetSent(trx, domain, [key]),
    };
  }
  if (typeof event.action === 'function') {
    const emitted: EventInput[] = [];
    await event.action(syncTools(ctx, request, emitted));
    countOutcome(ctx, domain, 'handled');
    return { events: emitted };
  }
  const done = await (event.action === 'upsert' ? upsertRecord : removeRecord)(ctx, request);
  countOutcome(ctx, domain, done.outcome);
  return done;
}

/** Repeats the mapping alone; the target write is never repeated. */
async function retryMapping(
  ctx: MigrationContext,
  domain: Domain,
  job: EventJob,
  message: Record<string, unknown>,
): Promise<Effect> {
  const row = fromMappingJson(shapeOf(domain), (message.body ?? {}) as Record<string, unknown>);
  const mapping = { ...row, extra: null };
  const outcome = await ctx.mappings.create(domain, mapping);
  const request = { domain, correlationId: job.correlationId };
  const commit = (trx: Handle) => settleMapped(trx, domain.type, row.nomisKey, row.dpsKey);
  if (outcome.status === 'duplicate') {
    return { events: [await duplicateEvent(ctx, request, mapping, outcome.existing)], commit };
  }
  const telemetry = domain.sync?.telemetry('mapping-created', {
    key: row.nomisKey,
    message: (message.telemetryAttributes ?? {}) as SyncMessage,
    record: undefined,
    targetId: row.dpsKey,
    isMappingPending: false,
  });
  const events = telemetry ? [migrationEvent(telemetry.name, telemetry.properties, request)] : [];
  return { events, commit };
}

function ignoredByCutover(domain: Domain, job: EventJob, eventType: string): Effect {
  const properties = { migrationType: domain.type, eventType };
  return {
    events: [
      migrationEvent('migration.event-ignored', properties, {
        correlationId: job.correlationId,
        subjects: [job.payload.messageId],
      }),
    ],
  };
}

function countOutcome(ctx: MigrationContext, domain: Domain, outcome: string): void {
  ctx.metrics.synchronised.inc({ type: domain.type, outcome });
}

/** The event is a dead letter: spec section 5.4. */
export function failEvent(ctx: MigrationContext, domain: Domain) {
  return async (trx: Handle, job: EventJob, failure: JobFailure): Promise<void> => {
    const queueId = domain.sync?.queueId ?? '';
    const { maxReceives } = retryPolicyOf(ctx.config, domain.sync, 'event');
    const eventType = eventTypeOf(job.payload.body);
    const timeouts = backoffOfEvent(ctx.config, domain, eventType);
    await ctx.events.append(trx, [
      migrationEvent(
        `${eventType}-sent-to-dlq`,
        {
          queueName: ctx.config[`queue:${queueId}`] ?? queueId,
          dlqName: ctx.config[`dlq:${queueId}`] ?? queueId,
          timeouts: `[${timeouts.join(', ')}]`,
          maxReceiveCount: String(maxReceives),
          cause: failure.cause,
        },
        { correlationId: job.correlationId, subjects: [job.payload.messageId] },
      ),
    ]);
  };
}

function eventTypeOf(body: string): string {
  try {
    const parsed = parseEnvelope(body);
    if ('envelope' in parsed && !parsed.isGathered) return parsed.envelope.eventType;
    return `prisoner-from-nomis-synchronisation-${'internal' in parsed ? parsed.internal : GATHERED}`;
  } catch (error) {
    if (error instanceof UnreadableMessageError) return 'unknown';
    throw error;
  }
}

export { NotNowError };
